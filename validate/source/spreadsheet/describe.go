package spreadsheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// A description is what a workbook says of itself.
type description struct {
	sheets   []described
	styles   []style
	from1904 bool
}

type described struct {
	name, relation string
	hidden         bool
}

// describe has excelize read the parts that describe the workbook, and them
// alone: in a zip of their own, so that no sheet is unpacked.
func (p *parts) describe(main string, relations relations) (d description, err error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	put := func(as, name string) {
		var text []byte
		if err == nil {
			text, err = p.read(name)
		}
		if err != nil || text == nil {
			return
		}
		f, e := w.CreateHeader(&zip.FileHeader{Name: as, Method: zip.Store})
		if e == nil {
			_, e = f.Write(text)
		}
		err = e
	}
	put("[Content_Types].xml", "[Content_Types].xml")
	put("_rels/.rels", "_rels/.rels")
	put(main, main)
	put(relationsOf(main), relationsOf(main))
	for _, r := range relations {
		if r.kind() == "styles" {
			put("xl/styles.xml", r.part(main)) // where excelize looks for it
			break
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return d, err
	}
	if err := d.take(&b); err != nil {
		return d, fmt.Errorf("%s: what the workbook says of itself cannot be read; save it again in Excel: %w", p.zip, err)
	}
	return d, nil
}

// take has excelize read those parts, and takes over what it makes of them.
func (d *description) take(parts io.Reader) (err error) {
	defer func() {
		if recover() != nil { // what is in the parts was made to be hard to read
			err = errors.New("it is not made as workbooks are")
		}
	}()
	f, err := excelize.OpenReader(parts)
	if err != nil {
		return err
	}
	defer f.Close()
	d.read(f)
	return nil
}

// read takes over what excelize has read.
func (d *description) read(f *excelize.File) {
	if len(f.GetSheetList()) == 0 {
		return
	}
	for _, s := range f.WorkBook.Sheets.Sheet {
		d.sheets = append(d.sheets, described{s.Name, s.ID, s.State != "" && s.State != "visible"})
	}
	d.from1904 = f.WorkBook.WorkbookPr != nil && f.WorkBook.WorkbookPr.Date1904
	if f.Styles == nil || f.Styles.CellXfs == nil {
		return
	}
	codes := map[int]string{}
	if f.Styles.NumFmts != nil {
		for _, n := range f.Styles.NumFmts.NumFmt {
			codes[n.NumFmtID] = n.FormatCode
		}
	}
	known := map[int]style{} // by number format: styles of cells are many
	for _, x := range f.Styles.CellXfs.Xf {
		if x.NumFmtID == nil {
			d.styles = append(d.styles, style{})
			continue
		}
		id := *x.NumFmtID
		s, ok := known[id]
		if !ok {
			if code, has := codes[id]; has {
				s = parseFormat(code)
			} else {
				s = builtIn(id)
			}
			known[id] = s
		}
		d.styles = append(d.styles, s)
	}
}
