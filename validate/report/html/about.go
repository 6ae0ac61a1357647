package html

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"strconv"

	"mhsds/validate/finding"
	"mhsds/validate/report/wording"
)

//go:embed report.css
var style string

//go:embed report.js
var program string

// policy is what the browser may do with the file: run and apply what it holds,
// and nothing else. No connection, no frame, no form that leads anywhere.
func policy() string {
	return "default-src 'none'; script-src '" + hash(program) + "'; style-src '" + hash(style) + "'; img-src data:; base-uri 'none'; form-action 'none'"
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// script ends the file with the program that filters, sorts and copies.
func (r *Report) script() {
	r.raw("<script>")
	r.raw(program)
	r.raw("</script>\n</body>\n</html>\n")
}

// about says where the report comes from.
func (r *Report) about(s *finding.Summary) {
	r.raw(`<section id="about" class="card" aria-labelledby="about-h"><div class="head"><h2 id="about-h">About this report</h2></div><dl class="facts">`)
	fact := func(name, value string) {
		if value == "" {
			return
		}
		r.wrap(`<div><dt>`, name, `</dt><dd>`)
		r.wrap(``, value, `</dd></div>`)
	}
	fact("Submission", s.Input.Path)
	fact("Provider", or(s.Provider, "the header names none", ""))
	fact("Submitter", s.Submitter)
	if s.PeriodStart != "" || s.PeriodEnd != "" {
		fact("Reporting period", or(s.PeriodStart, "?", "")+" to "+or(s.PeriodEnd, "?", ""))
	} else {
		fact("Reporting period", "the header names none")
	}
	fact("Data set version", s.DatasetVersion)
	fact("Rules of", or(s.RulesDated, "unknown date", ""))
	fact("Assessment scales", or(s.ScalesRevision, "", "revision "))
	fact("Program", s.Tool.Name+" "+s.Tool.Version)
	fact("Schemas", s.Tool.Schemas)
	fact("Configuration", wording.Configuration(s))
	for _, x := range r.opt.Settings {
		fact("Option "+x.Name, or(x.Value, "given", ""))
	}
	r.raw(`</dl>`)
	r.notices(s)
	r.diagnostics(s)
	r.files(s)
	r.reference(s)
	r.raw("</section>\n")
}

func (r *Report) notices(s *finding.Summary) {
	switch {
	case len(s.Notices) == 0:
		return
	case r.shown.Suppress:
		r.raw(`<h3>Notices</h3><p class="soft">`)
		r.wrap(``, many(len(s.Notices), "notice"), ` about the files may hold counts and are left out.</p>`)
		return
	}
	r.raw(`<h3>Notices about the files</h3><ul class="notices">`)
	for _, n := range s.Notices {
		r.raw(`<li>`)
		if n.File != "" {
			r.wrap(`<b>`, n.File, `</b>: `)
		}
		r.wrap(``, n.Text, `</li>`)
	}
	r.raw(`</ul>`)
}

// diagnostics writes the counts that the portal prints beside its findings.
func (r *Report) diagnostics(s *finding.Summary) {
	if len(s.Diagnostics) == 0 {
		return
	}
	r.raw(`<h3 id="diagnostics-h">The portal’s diagnostics</h3><div class="scroll" role="group" tabindex="0" aria-labelledby="diagnostics-h"><table class="plain"><caption class="unseen">Counts over the rows carried forward</caption><thead><tr><th scope="col">Code</th><th scope="col">What is counted</th><th scope="col" class="num">Count</th><th scope="col" class="num">Of</th></tr></thead><tbody>`)
	for _, c := range s.Diagnostics {
		r.wrap("\n<tr><th scope=\"row\">", c.Diagnostic.Code, `</th><td>`)
		r.text(wording.Sentence(c.Diagnostic.What))
		if c.Why != "" {
			r.wrap(` <span class="soft">Not counted: `, c.Why, `</span></td><td class="num">–</td><td class="num">–</td></tr>`)
			continue
		}
		r.wrap(`</td><td class="num">`, r.number(c.Numerator), `</td><td class="num">`)
		if c.Diagnostic.Over == "" {
			r.raw(`–`)
		} else {
			r.text(r.number(c.Denominator))
		}
		r.raw(`</td></tr>`)
	}
	r.raw(`</tbody></table></div>`)
}

// files lists what was read.
func (r *Report) files(s *finding.Summary) {
	if len(s.Input.Files) == 0 {
		return
	}
	hashed := false
	for _, f := range s.Input.Files {
		hashed = hashed || f.SHA256 != ""
	}
	r.raw(`<h3 id="files-h">Files read</h3><div class="scroll" role="group" tabindex="0" aria-labelledby="files-h"><table class="plain"><caption class="unseen">Files of the submission</caption><thead><tr><th scope="col">File</th>`)
	if !r.shown.Suppress {
		r.raw(`<th scope="col" class="num">Bytes</th>`)
	}
	if hashed {
		r.raw(`<th scope="col">SHA-256</th>`)
	}
	r.raw(`</tr></thead><tbody>`)
	for _, f := range s.Input.Files {
		r.wrap("\n<tr><th scope=\"row\">", f.Name, `</th>`)
		if !r.shown.Suppress {
			r.wrap(`<td class="num" data-v="`, strconv.FormatInt(f.Bytes, 10), `">`)
			r.wrap(``, digits(f.Bytes), `</td>`)
		}
		if hashed {
			r.wrap(`<td><code class="hash">`, f.SHA256, `</code></td>`)
		}
		r.raw(`</tr>`)
	}
	r.raw(`</tbody></table></div>`)
}

// reference lists the national lists that the user gave.
func (r *Report) reference(s *finding.Summary) {
	if len(s.Input.Reference) == 0 {
		return
	}
	r.raw(`<h3 id="reference-h">Reference data</h3><div class="scroll" role="group" tabindex="0" aria-labelledby="reference-h"><table class="plain"><caption class="unseen">National lists that codes were looked up in</caption><thead><tr><th scope="col">File</th><th scope="col">List of</th><th scope="col" class="num">Codes</th><th scope="col">Newest entry</th></tr></thead><tbody>`)
	for _, f := range s.Input.Reference {
		r.wrap("\n<tr><th scope=\"row\">", f.Name, `</th><td>`)
		r.text(f.Register.String())
		r.wrap(`</td><td class="num">`, digits(f.Rows), `</td><td>`)
		r.text(or(f.Newest, "not dated", ""))
		if f.LeftOut > 0 {
			r.wrap(` <span class="soft">`, many(int(f.LeftOut), "row"), ` left out</span>`)
		}
		r.raw(`</td></tr>`)
	}
	r.raw(`</tbody></table></div>`)
}
