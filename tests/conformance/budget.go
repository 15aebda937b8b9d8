package conformance

// affords says whether the same call can be sent again, and enough is left to delete the run's keys.
func (s *session) affords(op operation) bool {
	live := s.live()
	if op == deleteTurnKey {
		live-- // it is being deleted
	}
	return s.cleaning && s.spent < s.budget || s.spent+live*s.cost() < s.budget
}

// live counts the run's keys that are not deleted.
func (s *session) live() (n int) {
	for _, a := range s.accounts {
		n += len(a.live())
	}
	return n
}

// forLastList is how many requests are kept for asking again when the last list is late.
const forLastList = 3

// spare is how many requests are left beside those that the plan still needs.
func (s *session) spare() int {
	if s.cleaning {
		return s.budget - s.spent
	}
	needed := s.ahead + s.live()
	if needed == 0 {
		return s.budget - s.spent
	}
	return s.budget - s.spent - needed*s.cost() - forLastList
}

// cost is how many requests a step takes.
func (s *session) cost() int {
	if 8*s.limited >= s.spent && s.limited > 0 {
		return 2 // each has to be made again
	}
	return 1
}
