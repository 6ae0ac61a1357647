package main

import (
	"os"
	"path/filepath"
	"runtime"
	"unsafe"

	"github.com/inconshreveable/mousetrap"
	"golang.org/x/sys/windows"
	"golang.org/x/term"
)

// fromExplorer reports whether somebody has dropped a file on the program, or
// clicked on it: nobody else uses its window, and Explorer has started it. One
// of the two alone is also true of a planned task, which nobody could end by a
// key.
func fromExplorer() (desktop, bool) {
	if consoleProcesses() != 1 || !mousetrap.StartedByExplorer() {
		return desktop{}, false
	}
	return desktop{show: show, wait: anyKey, temp: os.TempDir()}, true
}

// consoleProcesses counts the processes that use this one's window, itself
// among them; 0 when it has none.
func consoleProcesses() int {
	list := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleProcessList")
	if list.Find() != nil {
		return 0
	}
	var ids [2]uint32 // one more than is asked about; the number is right all the same
	n, _, _ := list.Call(uintptr(unsafe.Pointer(&ids[0])), uintptr(len(ids)))
	return int(n)
}

// show opens the file as Explorer would. No program is named and none is found
// by its name: Windows starts the one that the user has chosen.
func show(file string) error {
	verb, err := windows.UTF16PtrFromString("open")
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(file)
	if err != nil {
		return err
	}
	dir, err := windows.UTF16PtrFromString(filepath.Dir(file))
	if err != nil {
		return err
	}
	// What Explorer asks may be an object of COM, which belongs to a thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if windows.CoInitializeEx(0, windows.COINIT_APARTMENTTHREADED|windows.COINIT_DISABLE_OLE1DDE) == nil {
		defer windows.CoUninitialize()
	}
	return windows.ShellExecute(0, verb, name, nil, dir, windows.SW_SHOWNORMAL)
}

// anyKey returns when a key is pressed, not counting those pressed before.
func anyKey() {
	in := int(os.Stdin.Fd())
	state, err := term.MakeRaw(in) // otherwise only Return would do
	if err != nil {
		return
	}
	defer term.Restore(in, state)
	windows.FlushConsoleInputBuffer(windows.Handle(in))
	var key [1]byte
	os.Stdin.Read(key[:])
}

// obeyEscapes has the window obey escape sequences, which colours are written
// as, and returns what undoes that. Where it fails, package colorable puts
// colours by the older calls.
func obeyEscapes() (undo func()) {
	var undos []func()
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		h := windows.Handle(f.Fd())
		var mode uint32
		if windows.GetConsoleMode(h, &mode) != nil || mode&windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING != 0 {
			continue
		}
		if windows.SetConsoleMode(h, mode|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil {
			undos = append(undos, func() { windows.SetConsoleMode(h, mode) })
		}
	}
	return func() {
		for _, u := range undos {
			u()
		}
	}
}
