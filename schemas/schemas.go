// Package schemas holds the generated JSON Schemas, one folder a version of the
// data set:
//
//	v6.0/MHS101Referral.schema.json   one a table
//	v6.0/submission.schema.json       what connects them
//	v6.0/x-mhsds.schema.json          the keyword that JSON Schema does not know
//
// They are made from dictionary/v6.0 by go generate, and never edited by hand.
package schemas

import "embed"

//go:generate go run ../dictionary/schema/internal/generate ../dictionary/v6.0 v6.0

// FS holds the folders of the versions.
//
//go:embed v6.0/*.json
var FS embed.FS
