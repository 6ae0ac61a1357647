// Package schema turns a dictionary into JSON Schema documents and back,
// deterministic to the byte. It owns the keyword x-mhsds.
//
// There is one document of draft 2020-12 a table, <Name>.schema.json, and two
// more: submission.schema.json holds what is not one table's (the order of the
// tables, roles, code lists without an enum, scales, references, and the rules
// on more than one record or on the file), and x-mhsds.schema.json describes
// the keyword. The instance of a table's document is one record:
//
//	{"CareContactID": "CC01", "CareContDate": "2026-09-27"}
//
// Every value is a text without spaces at its ends. A field without a value is
// absent. Dates are written 2026-09-27, with a time other than midnight
// 2026-09-27T13:05:00, times 13:05:00; what cannot be read stays as it is.
//
// A rule is a subschema with its code. One that judges a value, by itself or
// against the header or the portal, stands in the allOf of its property; one
// that judges more values of the record, or the lack of one, in the allOf of
// the table:
//
//	{
//	  "$schema": "https://json-schema.org/draft/2020-12/schema",
//	  "$id": "urn:mhsds:v6.0:Contact",
//	  "title": "Contact",
//	  "description": "A contact between a patient and the service",
//	  "type": "object",
//	  "x-mhsds": {"table": "T1", "version": "6.0", "sources": {"both": "rule list"}},
//	  "properties": {
//	    "ContactID": {
//	      "title": "CARE CONTACT IDENTIFIER",
//	      "description": "[T101]ContactID: text.",
//	      "type": "string",
//	      "x-mhsds": {"uid": "T101", "type": "text", "position": 1},
//	      "allOf": [
//	        {
//	          "description": "[T101]ContactID is longer than 20 characters, …",
//	          "maxLength": 20,
//	          "pattern": "^[^\\n\\r…]+$",
//	          "x-mhsds": {"rule": "R2", "severity": "record rejected", "kind": "alphanumeric", "exact": true, …, "max": 20}
//	        }
//	      ]
//	    }
//	  },
//	  "allOf": [
//	    {"description": "…", "required": ["ContactID"], "x-mhsds": {"rule": "R1", …, "field": "ContactID"}}
//	  ]
//	}
//
// The kind and its parameters under x-mhsds say all of a rule. The keywords
// beside it say what standard JSON Schema can, all of it ("exact": true) or a
// part: a record that passes the rule satisfies them. Patterns mean the same
// in ECMA 262 and in Go. So another implementation rejects no record that the
// rules accept, and agrees on every exact rule.
//
// Rules that are off stand under x-mhsds as "off" and never act.
//
// Read takes the documents that Write can write and no others: a keyword or
// a member of x-mhsds that is not in its lists, and a standard keyword that
// does not follow from the rule beside it, is an error with its place.
// Descriptions are for people; Read takes those of tables, and compares none.
package schema

import (
	"fmt"
	"net/url"
)

// Names of the two documents that are not a table's.
const (
	SubmissionName = "submission" + Extension
	KeywordName    = Keyword + Extension
)

// Extension ends the name of every document.
const Extension = ".schema.json"

// Draft is the version of JSON Schema that the documents are written in.
const Draft = "https://json-schema.org/draft/2020-12/schema"

// ID returns the $id of a document: of the table with that name, or with
// "submission" or Keyword of the other two. It names the document and is never
// fetched.
func ID(version, name string) string {
	return fmt.Sprintf("urn:mhsds:v%s:%s", url.PathEscape(version), url.PathEscape(name))
}

// keywords are all that Write can write. Read knows no others.
var keywords = []string{
	"$schema", "$id", "title", "description", "type", "properties", "allOf",
	"required", "minLength", "maxLength", "pattern", "enum", "const", "not", "anyOf", "if", "then", Keyword,
}

// Keywords lists the keywords that the documents may hold.
func Keywords() []string { return append([]string(nil), keywords...) }
