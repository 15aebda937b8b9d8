package conformance_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// everythingOnce is a little of whatever can be tried.
func everythingOnce(s *transcript) {
	lookAround := func() {
		s.do("GET", keysURL, "")
		s.do("GET", otherKeysURL, "", "Authorization", "Bearer "+secondToken)
	}
	lookAround()
	first, second := s.create("first key"), s.create("first key")
	lookAround()
	path := "/" + first.key().UID
	for i, name := range awkwardNames {
		get := func(uid string) { s.do("GET", keysURL+"/"+uid, "") }
		if i%4 == 0 { // a few are enough for create
			get(s.create(name).key().UID)
		}
		s.do("PUT", keysURL+path, named(name))
		get(first.key().UID)
	}
	lookAround()
	s.do("PUT", keysURL+path, `{}`)
	s.create(strings.Repeat("long name ", 200))
	s.do("PUT", keysURL+path, named("turnkeys-contract-b"))
	for _, body := range awkwardBodies {
		s.do("POST", keysURL, body)
		s.do("PUT", keysURL+path, body)
		s.do("GET", keysURL+path, "")
	}
	for _, mediaType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=iso-8859-1"} {
		s.do("POST", keysURL, `{"name":"typed"}`, "Content-Type", mediaType)
		s.do("PUT", keysURL+path, `{"name":"typed"}`, "Content-Type", mediaType)
	}
	s.do("POST", keysURL, "name=form", "Content-Type", "application/x-www-form-urlencoded")
	lookAround()
	everyToken(s, path)
	everyAddress(s, first.key().UID)
	lookAround()
	atOnce(s)
	for _, both := range []reply{first, second} {
		s.do("PUT", keysURL+"/"+both.key().UID, named("both keys, edited"))
	}
	for range 20 {
		s.create("one of many")
	}
	for _, gone := range []reply{first, second} {
		for _, method := range []string{"DELETE", "GET", "PUT", "DELETE", "GET"} {
			s.do(method, keysURL+"/"+gone.key().UID, `{}`)
		}
		lookAround()
	}
	s.create("first key")
	lookAround()
}

var awkwardNames = []string{
	"", "plain", " spaces  around ", `double"quote`, "single'quote", `back\slash`, "<b>&amp;</b>", "50%25 a%20b", "a+b", "cafe\u0301", "😀",
	"日本", "line\nend\ttab", "slash/dot", "null", "007", "NUL\x00", "ÀÉÎ", strings.Repeat("long name ", 30), "turnkeys-contract-a", "plain",
}

var awkwardBodies = []string{
	``, `null`, `[]`, `"name"`, `7`, `true`, `{`, `{"name":"cut`, `{"name":"a"}{"name":"b"}`, `{'name':'single'}`, `{"name":"comma",}`, `name`,
	`{"name":null}`, `{"name":7}`, `{"name":true}`, `{"name":false}`, `{"name":["a"]}`, `{"name":{"a":1}}`, `{"name":"unknown","field":1}`,
	`{"NAME":"upper"}`, "{\"name\":\"\xff\"}", `{"uid":"00000000000000000000000000000001"}`,
}

func everyToken(s *transcript, path string) {
	for _, authorization := range []string{
		"", "Bearer", "Bearer ", "Bearer x", "Bearer " + token[:20], "Bearer " + token + "x", "Bearer " + strings.ToUpper(token), token,
		"Token " + token, "Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+token)),
		"Basic " + base64.StdEncoding.EncodeToString([]byte(token+":")), "Bearer " + secondToken,
		"Bearer " + strings.Repeat("x", 40),
	} {
		s.do("POST", keysURL, `{"name":"refused"}`, "Authorization", authorization)
		s.do("GET", keysURL, "", "Authorization", authorization)
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			s.do(method, keysURL+path, `{"name":"refused"}`, "Authorization", authorization)
			s.do("GET", keysURL+path, "")
		}
		s.do("GET", keysURL+"/"+strings.Repeat("0", 32), "", "Authorization", authorization)
	}
	s.do("GET", keysURL, "", "Authorization", "bearer "+token)
	s.do("GET", keysURL+"?access_token="+token, "", "Authorization", "")
	s.do("GET", keysURL+"?api_token="+token, "", "Authorization", "")
}

func everyAddress(s *transcript, uid string) {
	uid += strings.Repeat("0", max(0, 32-len(uid))) // for servers that answer without one
	ids := []string{strings.ToUpper(uid), uid[:16], uid[16:], uid + "0", uid[:16] + strings.Repeat("0", 16), "plain", "%20" + uid, strings.Repeat("0", 32), uid + "/"}
	for _, id := range ids {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			s.do(method, keysURL+"/"+id, `{"name":"by id"}`)
		}
	}
	for _, account := range []string{strings.ToUpper(accountID), strings.Repeat("0", 32), "short"} {
		s.do("GET", accountsURL+account+"/calls/turn_keys", "")
		s.do("POST", accountsURL+account+"/calls/turn_keys", `{}`)
	}
	for _, url := range []string{keysURL, keysURL + "/" + uid, keysURL + "/", keysURL + "?unknown=1", keysURL + "/" + uid + "?unknown=1", accountsURL} {
		for _, method := range []string{"OPTIONS", "POST", "PUT", "PATCH", "GET"} {
			s.do(method, url, `{"name":"by method"}`)
		}
	}
	other := digest("uid", 1)[:32] // is in one account
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		s.do(method, keysURL+"/"+digest("uid", 3)[:32], `{"name":"by the other"}`)
		s.do(method, otherKeysURL+"/"+other, `{"name":"by the other"}`, "Authorization", "Bearer "+secondToken)
	}
	s.do("DELETE", keysURL, "")
	s.do("DELETE", keysURL+"/", "")
}

// atOnce writes down what does not depend on the order in which the calls are served.
func atOnce(s *transcript) {
	if s.differs() {
		return
	}
	uids := make([]string, 8)
	problems := make([]string, 3*len(uids))
	var wait sync.WaitGroup
	for i := range uids {
		wait.Go(func() {
			name := fmt.Sprint("at once ", i)
			_, created := s.send("POST", keysURL, named(name))
			uids[i] = created.key().UID
			time.Sleep(time.Second)
			_, got := s.send("GET", keysURL+"/"+uids[i], "")
			problems[3*i] = fmt.Sprint(created.status, created.key().Name == name)
			problems[3*i+1] = fmt.Sprint(got.status, got.key().Name == name, got.key().UID == uids[i])
			problems[3*i+2] = fmt.Sprint(len(created.key().Key), created.key().Key != digest("crowd", 0))
		})
	}
	wait.Wait()
	slices.Sort(uids)
	_, listed := s.send("GET", keysURL, "")
	s.write(fmt.Sprint(problems, len(slices.Compact(slices.Clone(uids))), strings.Count(string(listed.Result), "at once")))
	for _, uid := range uids {
		s.send("DELETE", keysURL+"/"+uid, "")
	}
}
