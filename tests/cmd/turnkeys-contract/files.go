package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/seed-e5e2407e/turnkeys/tests/conformance"
)

// writeJSON prints nothing but the report, with the run's outcome.
func writeJSON(w io.Writer, report conformance.Report, err error) error {
	object := struct {
		Conforms bool   `json:"conforms"`
		Error    string `json:"error,omitempty"`
		conformance.Report
	}{Conforms: err == nil && report.OK(), Report: report}
	if err != nil {
		object.Error = err.Error()
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(object)
}

func writeJUnit(file *os.File, report conformance.Report, runErr error) error {
	if err := errors.Join(report.WriteJUnit(file, runErr), file.Close()); err != nil {
		return fmt.Errorf("-junit: %w", err)
	}
	return nil
}
