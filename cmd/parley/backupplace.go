package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"parley/adapters/backup"
	"parley/adapters/storedir"
)

// Where a backup goes, and who may read it.

var (
	errNoFolder    = errors.New("there is no such folder to put the backup in")
	errPlainBackup = errors.New("this store is encrypted, and its backup would not be")
	errInStore     = errors.New("a backup in the folder of a store is lost with it")
)

// placeOf says where the backup goes: a folder, and the file's name where it is given.
func (a *app) placeOf(f backupFlags) (folder, name string, err error) {
	to := f.to
	if to == "" {
		to = a.getenv("PARLEY_BACKUPS")
	}
	if to == "" {
		return "", "", usageError{errors.New("where does the backup go? Give --to FOLDER, or set PARLEY_BACKUPS")}
	}
	if folder, err = filepath.Abs(to); err != nil {
		return "", "", err
	}
	info, err := os.Stat(folder)
	if (err != nil || !info.IsDir()) && (strings.HasSuffix(folder, ".backup") || strings.HasSuffix(folder, ".backup.age")) {
		if f.keep != "" {
			return "", "", usageError{errors.New("--keep is for a folder of backups, and --to names a file")}
		}
		folder, name = filepath.Split(folder)
		info, err = os.Stat(folder)
	}
	if err != nil || !info.IsDir() {
		return "", "", fmt.Errorf("%w: %s", errNoFolder, folder)
	}
	return filepath.Clean(folder), name, nil
}

// outside returns an error if a folder is that of a store, or within one.
func outside(folder string) error {
	if storedir.Above(filepath.Join(folder, "a backup")) != "" {
		return fmt.Errorf("%w: %s", errInStore, folder)
	}
	return nil
}

// backupRequest reads the flags: what is to be asked of the log's backup.
func (a *app) backupRequest(f backupFlags) (r backup.Request, err error) {
	r = backup.Request{Program: version(), Free: storedir.FreeBytes}
	if r.Folder, r.Name, err = a.placeOf(f); err != nil {
		return r, err
	}
	if r.Recipients, err = backup.Recipients(append(f.recipients, f.files...)); err != nil {
		return r, err
	}
	if r.Identities, err = backup.Identities(f.identities); err != nil {
		return r, err
	}
	encrypted := len(r.Recipients) > 0
	switch is := strings.HasSuffix(r.Name, ".age"); {
	case len(r.Identities) > 0 && !encrypted:
		return r, usageError{errors.New("--identity reads an encrypted backup back, and this one would not be encrypted: give --recipient too, or leave --identity out")}
	case is && !encrypted:
		return r, usageError{fmt.Errorf("%s is the name of an encrypted backup: give --recipient, or a name that ends in .backup", r.Name)}
	case r.Name != "" && !is && encrypted:
		return r, usageError{fmt.Errorf("%s is the name of a backup that is not encrypted: end it in .backup.age", r.Name)}
	}
	return r, outside(r.Folder)
}
