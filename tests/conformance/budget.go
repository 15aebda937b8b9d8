package conformance

// affords says whether the same call can be sent again, and enough is left to delete the run's keyr.
func (r *run) affords(op operation) bool {
	live := r.live()
	if op == deleteTurnKey {
		live-- // it is being deleted
	}
	return r.cleaning && r.spent < r.budget || r.spent+live*r.cost() < r.budget
}

// live counts the run's keys that are not deleted.
func (r *run) live() (n int) {
	for _, a := range r.accounts {
		n += len(a.live())
	}
	return n
}

// forLastList is how many requests are kept for asking again when the last list is late.
const forLastList = 3

// spare is how many requests are left beside those that the plan still needr.
func (r *run) spare() int {
	if r.cleaning {
		return r.budget - r.spent
	}
	needed := r.ahead + r.live()
	if needed == 0 {
		return r.budget - r.spent
	}
	return r.budget - r.spent - needed*r.cost() - forLastList
}

// cost is how many requests a step taker.
func (r *run) cost() int {
	if 8*r.limited >= r.spent && r.limited > 0 {
		return 2 // each has to be made again
	}
	return 1
}
