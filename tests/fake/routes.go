package fake

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/seed-e5e2407e/turnkeys/generated/server"
)

// Operations returns the operationIds of the document, in alphabetical order.
func Operations() []string {
	var operationIDs []string
	for method := range reflect.TypeFor[server.StrictServerInterface]().Methods() {
		operationIDs = append(operationIDs, strings.ToLower(method.Name[:1])+method.Name[1:])
	}
	return operationIDs
}

// routes is what the generated router calls. It names the operation, which the generated middleware does only after it
// has decoded the body.
type routes struct {
	api  *API
	next server.ServerInterface
}

func (s routes) CreateTurnKey(w http.ResponseWriter, r *http.Request, accountID string) {
	s.api.serve("createTurnKey", w, r, func(w http.ResponseWriter, r *http.Request) { s.next.CreateTurnKey(w, r, accountID) })
}

func (s routes) ListTurnKeys(w http.ResponseWriter, r *http.Request, accountID string) {
	s.api.serve("listTurnKeys", w, r, func(w http.ResponseWriter, r *http.Request) { s.next.ListTurnKeys(w, r, accountID) })
}

func (s routes) GetTurnKey(w http.ResponseWriter, r *http.Request, accountID, keyID string) {
	s.api.serve("getTurnKey", w, r, func(w http.ResponseWriter, r *http.Request) { s.next.GetTurnKey(w, r, accountID, keyID) })
}

func (s routes) EditTurnKey(w http.ResponseWriter, r *http.Request, accountID, keyID string) {
	s.api.serve("editTurnKey", w, r, func(w http.ResponseWriter, r *http.Request) { s.next.EditTurnKey(w, r, accountID, keyID) })
}

func (s routes) DeleteTurnKey(w http.ResponseWriter, r *http.Request, accountID, keyID string) {
	s.api.serve("deleteTurnKey", w, r, func(w http.ResponseWriter, r *http.Request) { s.next.DeleteTurnKey(w, r, accountID, keyID) })
}
