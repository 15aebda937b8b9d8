package contract

import "strconv"

var someStatuses = []int{
	200, 201, 202, 203, 204, 206, 226, 299, 300, 301, 302, 303, 304, 307, 308, 399,
	400, 401, 403, 404, 409, 418, 429, 499, 500, 501, 502, 503, 504, 520, 524, 599,
}

// responseMutants change what a response has beside its body, and what its body says about the status.
func (s subject) responseMutants(samples *samples) []mutant {
	var all []mutant
	for _, status := range someStatuses {
		m := s.mutant(Response, "status", strconv.Itoa(status), "status")
		switch m.status = status; {
		case status == s.status:
			continue
		case s.documents(status) && success(status) == success(s.status):
			m.valid = true
		case s.documents(status):
			m.class, m.at = "contradict", nil
		}
		all = append(all, m)
	}

	m := s.mutant(Response, "truncated", "connection broken", "body")
	m.response.cut = true
	all = append(all, m)
	if s.answer != nil {
		all = append(all, s.contradiction())
	}
	for name, secret := range sorted(samples.secrets) {
		m := s.mutant(Response, "secret", "in a header: "+name, "header:X-Debug")
		m.response.setHeader("X-Debug", "key="+secret)
		all = append(all, m)
	}
	return all
}

func success(status int) bool { return status < 300 }

// contradiction is a body that says the opposite of the status.
func (s subject) contradiction() mutant {
	envelope := s.answer.value.(map[string]any)
	m := s.mutant(Response, "contradict", "success", near("/success")...)
	m.response.body = encode(with(envelope, "success", !envelope["success"].(bool)))
	return m
}
