package fake

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
)

// departAsReported changes an answer to what the live API is reported to send in its place. The sources are those of
// contract.KnownDrift.
func departAsReported(operationID string, answer *httptest.ResponseRecorder) {
	switch {
	case operationID == "createTurnKey" && answer.Code == http.StatusCreated:
		rewrite(answer, nameTheSecretSecret)
	case answer.Code == http.StatusBadRequest:
		rewrite(answer, addErrorChain)
	case answer.Code == http.StatusForbidden:
		rewrite(answer, leaveOutMessagesAndResult)
	case answer.Code == http.StatusTooManyRequests:
		rewrite(answer, lowerCode)
	}
}

// object is one of JSON's. Fields that the document gains stay in it.
type object = map[string]any

func rewrite(answer *httptest.ResponseRecorder, change func(envelope object)) {
	var envelope object
	_ = json.Unmarshal(answer.Body.Bytes(), &envelope) // it is one of our own
	change(envelope)
	answer.Body.Reset()
	_ = json.NewEncoder(answer.Body).Encode(envelope)
}

// Source: pulumi-cloudflare issue 1674.
func nameTheSecretSecret(envelope object) {
	key := envelope["result"].(object)
	key["secret"] = key["key"]
	delete(key, "key")
}

// Source: ddns-go issue 916.
func addErrorChain(envelope object) {
	if err := firstError(envelope); err["code"] == float64(codeMalformedToken) {
		err["error_chain"] = []object{{"code": 6111, "message": "Invalid format for Authorization header"}}
	}
}

// Source: CloudflareToAbuseIPDB issue 5.
func leaveOutMessagesAndResult(envelope object) {
	delete(envelope, "messages")
	delete(envelope, "result")
}

// Source: certbot-dns-cloudflare issue 6.
func lowerCode(envelope object) { firstError(envelope)["code"] = 971 }

func firstError(envelope object) object { return envelope["errors"].([]any)[0].(object) }
