package fake

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
)

// departAsReported changes a response to what the live API is reported to send in its place. The sources are those of
// contract.KnownDrift.
func departAsReported(operationID string, response *httptest.ResponseRecorder) {
	switch {
	case operationID == "createTurnKey" && response.Code == http.StatusCreated:
		rewrite(response, nameTheSecretSecret)
	case response.Code == http.StatusBadRequest:
		rewrite(response, addErrorChain)
	case response.Code == http.StatusForbidden:
		rewrite(response, leaveOutMessagesAndResult)
	case response.Code == http.StatusTooManyRequests:
		rewrite(response, lowerCode)
	case operationID == "getTurnKey" && response.Code == http.StatusOK:
		rewrite(response, nullLists)
	}
}

// object is one of JSON's. Fields that the document gains stay in it.
type object = map[string]any

func rewrite(response *httptest.ResponseRecorder, change func(envelope object)) {
	var envelope object
	_ = json.Unmarshal(response.Body.Bytes(), &envelope) // it is one of our own
	change(envelope)
	response.Body.Reset()
	_ = json.NewEncoder(response.Body).Encode(envelope)
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

// Source: cloudflare-go issue 587.
func nullLists(envelope object) {
	envelope["errors"], envelope["messages"] = nil, nil
}

func firstError(envelope object) object { return envelope["errors"].([]any)[0].(object) }
