package conformance

// MaxRequests is how many requests a run makes at most, waiting included. It grows with the document's operations.
func (t Target) MaxRequests() int {
	if t.Thorough {
		return 100 * len(operations)
	}
	return 12 * len(operations)
}

// mayRepeat says whether the same call can be sent again, and enough is left to delete the run's keys.
func (r *run) mayRepeat(op operation) bool {
	live := r.live()
	if op == deleteTurnKey {
		live-- // it is being deleted
	}
	return r.cleaning && r.spent < r.budget || r.spent+live*r.requestsPerCall() < r.budget
}

// live counts the requests that the run's keys still take: a delete for each, and a get after it.
func (r *run) live() (n int) {
	for _, a := range r.accounts {
		for _, k := range a.keys {
			if !k.deleted {
				n++
			}
			if !k.gone {
				n++
			}
		}
	}
	return n
}

// forLastList is how many requests are kept for asking again when the last list is late.
const forLastList = 3

// spareRequests is how many requests are left after those that the plan still needs.
func (r *run) spareRequests() int {
	if r.cleaning {
		return r.budget - r.spent
	}
	needed := r.stepsToCome + r.live()
	if needed == 0 {
		return r.budget - r.spent
	}
	return r.budget - r.spent - needed*r.requestsPerCall() - forLastList
}

// requestsPerCall is how many requests a call takes.
func (r *run) requestsPerCall() int {
	if 8*r.rateLimited >= r.spent && r.rateLimited > 0 {
		return 2 // each has to be made again
	}
	return 1
}
