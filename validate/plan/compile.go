package plan

import (
	"errors"
	"io/fs"
)

func Compile(schemas fs.FS) (*Plan, error) { return nil, errors.New("not yet") }
