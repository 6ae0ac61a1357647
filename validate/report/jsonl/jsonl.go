// Package jsonl writes findings as JSON lines, and the summary as the last.
//
//	{"code":…,"severity":…,"table":…,"row":…,"field":…,"file":…,"line":…,"message":…,"items":[…],"cause":{…},"fingerprint":…}
//	…
//	{"summary":{…}}
//
// Keys come in that order; from field on they are left out where there is
// nothing to say. A finding that an earlier result has too ends with "months":n,
// the number of reporting periods running, and one that has returned with
// "returned":true. After the summary, "gone" carries the fingerprints by which
// the next comparison knows what returned; see package compare.
//
// What does not change from one finding of a rule to the next is written once
// and copied, so a finding costs no allocation.
package jsonl

import (
	"encoding/base64"
	"io"
	"strconv"

	"mhsds/dictionary"
	"mhsds/validate/finding"
	"mhsds/validate/report/summary"
)

// flushAt is the number of bytes gathered before they are written: large
// enough that the system calls do not count, small beside a batch.
const flushAt = 64 << 10

// A Report is a finding.Sink that writes one line a finding.
type Report struct {
	w      io.Writer
	d      *dictionary.Dictionary
	values bool
	buf    []byte
	rules  map[*dictionary.Rule]*parts
	names  map[*dictionary.Table][]byte // ,"table":"…"
	file   []byte                       // ,"file":"…" of the file last named
	last   string
}

// parts are the constant pieces of a rule's lines.
type parts struct {
	head    []byte // {"code":"…","severity":"…"
	field   []byte // ,"field":"…" or nothing
	message []byte // ,"message":"… without full stop and quote
	stop    string // what follows a message: its full stop, if it has one, and the quote
	items   []byte // ,"items":[…] without values, or nothing
}

// New returns a report that writes to w, with the dictionary's words. Values
// and absent keys are written only if values is true, whatever the findings
// carry for the sake of another report.
func New(w io.Writer, d *dictionary.Dictionary, values bool) *Report {
	return &Report{
		w: w, d: d, values: values,
		buf:   make([]byte, 0, flushAt+4096),
		rules: make(map[*dictionary.Rule]*parts),
		names: make(map[*dictionary.Table][]byte),
	}
}

// Report writes the finding. An error is the writer's, unchanged.
func (r *Report) Report(f *finding.Finding) error {
	p := r.rules[f.Rule]
	if p == nil {
		p = r.prepare(f.Rule)
	}
	b := append(r.buf, p.head...)
	if f.Table != nil {
		b = append(b, r.table(f.Table)...)
	}
	b = append(b, `,"row":`...)
	b = strconv.AppendInt(b, f.Row, 10)
	if f.Column != "" {
		b = append(b, `,"field":`...)
		b = summary.AppendString(b, f.Column)
	} else {
		b = append(b, p.field...)
	}
	if f.File != "" {
		if f.File != r.last || r.file == nil {
			r.last = f.File
			r.file = summary.AppendString(append(r.file[:0], `,"file":`...), f.File)
		}
		b = append(b, r.file...)
	}
	if f.Line != 0 {
		b = append(b, `,"line":`...)
		b = strconv.AppendInt(b, f.Line, 10)
	}
	b = append(b, p.message...)
	if f.Detail != "" {
		b = append(b, "; "...)
		b = summary.AppendInner(b, f.Detail)
	}
	b = append(b, p.stop...)
	if f.Values == nil || !r.values {
		b = append(b, p.items...)
	} else {
		b = items(b, f.Values)
	}
	if !f.Cause.None() {
		b = r.cause(b, &f.Cause)
	}
	if f.Fingerprint != "" {
		b = append(b, `,"fingerprint":`...)
		b = summary.AppendString(b, f.Fingerprint)
	}
	if f.History.Months > 1 {
		b = append(b, `,"months":`...)
		b = strconv.AppendInt(b, int64(f.History.Months), 10)
	}
	if f.History.State == finding.Returned {
		b = append(b, `,"returned":true`...)
	}
	r.buf = append(b, '}', '\n')
	if len(r.buf) >= flushAt {
		return r.flush()
	}
	return nil
}

// Close writes the summary and all that is still held. It does not close the
// writer.
func (r *Report) Close(s *finding.Summary) error {
	b := append(r.buf, `{"summary":`...)
	b = summary.Append(b, s)
	if c := s.Comparison; c != nil && len(c.Gone) > 0 {
		b = append(b, `,"gone":"`...)
		b = append(base64.StdEncoding.AppendEncode(b, c.Gone), '"')
	}
	r.buf = append(b, '}', '\n')
	return r.flush()
}

func (r *Report) flush() error {
	_, err := r.w.Write(r.buf)
	r.buf = r.buf[:0]
	return err
}

func (r *Report) prepare(rule *dictionary.Rule) *parts {
	p := new(parts)
	p.head = summary.AppendString([]byte(`{"code":`), rule.Code)
	p.head = summary.AppendString(append(p.head, `,"severity":`...), rule.Severity.String())
	if rule.Field != "" {
		p.field = summary.AppendString([]byte(`,"field":`), rule.Field)
	}
	body, stop := splitStop(r.d.Message(rule))
	p.message = summary.AppendInner([]byte(`,"message":"`), body)
	p.stop = stop + `"`
	if len(rule.Items) > 0 {
		p.items = append(p.items, `,"items":[`...)
		for i, it := range rule.Items {
			if i > 0 {
				p.items = append(p.items, ',')
			}
			p.items = append(item(p.items, it), '}')
		}
		p.items = append(p.items, ']')
	}
	r.rules[rule] = p
	return p
}

func (r *Report) table(t *dictionary.Table) []byte {
	b := r.names[t]
	if b == nil {
		b = summary.AppendString([]byte(`,"table":`), t.Name)
		r.names[t] = b
	}
	return b
}

// items appends the items with their values; a null value is JSON's null.
func items(b []byte, values []finding.Value) []byte {
	if len(values) == 0 {
		return b
	}
	b = append(b, `,"items":[`...)
	for i := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(item(b, values[i].Item), `,"value":`...)
		if values[i].Null {
			b = append(b, "null}"...)
		} else {
			b = append(summary.AppendString(b, values[i].Text), '}')
		}
	}
	return append(b, ']')
}

// item appends {"item":"[UID]Name" and leaves the object open.
func item(b []byte, it dictionary.Item) []byte {
	b = append(b, `{"item":"`...)
	if it.UID != "" {
		b = append(b, '[')
		b = summary.AppendInner(b, it.UID)
		b = append(b, ']')
	}
	b = summary.AppendInner(b, it.Name)
	return append(b, '"')
}

func (r *Report) cause(b []byte, c *finding.Cause) []byte {
	b = append(b, `,"cause":{`...)
	if c.Absent || c.Rule == nil {
		b = append(b, `"absent":`...)
		b = summary.AppendString(b, c.Table.Name)
		if c.Key != nil && r.values {
			b = append(b, `,"key":`...)
			b = summary.AppendString(b, c.Key)
		}
		return append(b, '}')
	}
	b = append(b, `"code":`...)
	b = summary.AppendString(b, c.Rule.Code)
	b = append(b, r.table(c.Table)...)
	b = append(b, `,"row":`...)
	b = strconv.AppendInt(b, c.Row, 10)
	return append(b, '}')
}

// splitStop divides a sentence from its full stop; stop is "" if it has none.
func splitStop(s string) (body, stop string) {
	if n := len(s); n > 0 && s[n-1] == '.' {
		return s[:n-1], "."
	}
	return s, ""
}
