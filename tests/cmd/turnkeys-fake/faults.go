package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/fake"
)

// faults are what -fail, -lose and -delay ask for, by operationId.
type faults struct {
	statuses map[string][]int
	losses   map[string]int
	delays   map[string][]time.Duration
}

func newFaults() faults {
	return faults{map[string][]int{}, map[string]int{}, map[string][]time.Duration{}}
}

func (f faults) addStatuses(value string) error {
	operationID, list, _ := strings.Cut(value, "=")
	for text := range strings.SplitSeq(list, ",") {
		status, err := strconv.Atoi(text)
		if err != nil || status < 400 || status > 599 || isNoOperation(operationID) {
			return wanted("statuses from 400 to 599", "getTurnKey=429,500")
		}
		f.statuses[operationID] = append(f.statuses[operationID], status)
	}
	return nil
}

func (f faults) addLosses(value string) error {
	operationID, text, _ := strings.Cut(value, "=")
	times, err := strconv.Atoi(text)
	if err != nil || times < 1 || isNoOperation(operationID) {
		return wanted("how many answers to lose", "createTurnKey=1")
	}
	f.losses[operationID] += times
	return nil
}

func (f faults) addDelays(value string) error {
	operationID, list, _ := strings.Cut(value, "=")
	for text := range strings.SplitSeq(list, ",") {
		delay, err := time.ParseDuration(text)
		if err != nil || delay <= 0 || isNoOperation(operationID) {
			return wanted("durations", "listTurnKeys=2s,500ms")
		}
		f.delays[operationID] = append(f.delays[operationID], delay)
	}
	return nil
}

func isNoOperation(operationID string) bool { return !slices.Contains(fake.Operations(), operationID) }

func wanted(what, example string) error {
	return fmt.Errorf("want one of %s, and %s, such as %s", strings.Join(fake.Operations(), ", "), what, example)
}

func (f faults) inject(api *fake.API) {
	for operationID, statuses := range f.statuses {
		api.FailNext(operationID, statuses...)
	}
	for operationID, times := range f.losses {
		api.LoseAnswer(operationID, times)
	}
	for operationID, delays := range f.delays {
		for _, delay := range delays {
			api.Delay(operationID, delay, 1)
		}
	}
}
