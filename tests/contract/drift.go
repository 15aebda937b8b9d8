package contract

import "slices"

// Drift is something that the live API is reported to do and that Cloudflare's reference does not say.
type Drift struct {
	// Place is a pattern, written as for [WithAccepted].
	Place string `json:"place"`
	Rule  string `json:"rule"`
	// Seen says what the API does.
	Seen string `json:"seen"`
	// Source is where it is reported: a project and the number of an issue.
	Source string `json:"source"`
}

// Matches reports whether a violation is this drift.
func (d Drift) Matches(v Violation) bool { return v.Rule == d.Rule && v.Matches(d.Place) }

var knownDrift = []Drift{
	{"createTurnKey.201:/result/key", "renamed", "the secret comes as secret", "pulumi-cloudflare 1674"},
	{"*.4XX:/errors/*/error_chain", "additionalProperties", "an error has an error_chain", "ddns-go 916"},
	{"*.4XX:/messages", "required", "a failure has no messages", "CloudflareToAbuseIPDB 5"},
	{"*.4XX:/result", "required", "a failure has no result", "CloudflareToAbuseIPDB 5"},
	{"*.4XX:/errors/*/code", "minimum", "an error has a code below 1,000", "certbot-dns-cloudflare 6"},
}

// KnownDrift returns the drift that a [Checker] marks as known.
func KnownDrift() []Drift { return slices.Clone(knownDrift) }
