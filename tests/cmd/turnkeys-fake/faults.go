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
	operationID, list, err := cut(value)
	if err != nil {
		return err
	}
	for text := range strings.SplitSeq(list, ",") {
		status, err := strconv.Atoi(text)
		if err != nil || status < 400 || status > 599 {
			return fmt.Errorf("status %q: want 400 to 599, as in getTurnKey=429,500", text)
		}
		f.statuses[operationID] = append(f.statuses[operationID], status)
	}
	return nil
}

func (f faults) addLosses(value string) error {
	operationID, text, err := cut(value)
	if err != nil {
		return err
	}
	times, err := strconv.Atoi(text)
	if err != nil || times < 1 {
		return fmt.Errorf("times %q: want 1 or more, as in createTurnKey=1", text)
	}
	f.losses[operationID] += times
	return nil
}

func (f faults) addDelays(value string) error {
	operationID, list, err := cut(value)
	if err != nil {
		return err
	}
	for text := range strings.SplitSeq(list, ",") {
		delay, err := time.ParseDuration(text)
		if err != nil || delay <= 0 {
			return fmt.Errorf("delay %q: want more than 0, as in listTurnKeys=2s,500ms", text)
		}
		f.delays[operationID] = append(f.delays[operationID], delay)
	}
	return nil
}

// cut returns the operationId of a flag's value, and what is after its equals sign.
func cut(value string) (operationID, after string, err error) {
	operationID, after, _ = strings.Cut(value, "=")
	if !slices.Contains(fake.Operations(), operationID) {
		err = fmt.Errorf("no operation %q; want one of %s", operationID, strings.Join(fake.Operations(), ", "))
	}
	return operationID, after, err
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
