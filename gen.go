// Package spec contains the contract, an OpenAPI document that describes Cloudflare's operations on TURN keys. The
// packages in generated/ are generated from it.
package spec

import _ "embed"

//go:generate go tool oapi-codegen -config generated/client.yaml openapi.yaml
//go:generate go tool oapi-codegen -config generated/server/server.yaml openapi.yaml

// OpenAPI is the document, openapi.yaml, as it was when the program was built.
//
//go:embed openapi.yaml
var OpenAPI []byte
