package events

import "reflect"

// Texts returns every text that e holds, whatever its field, so that a guard
// over what people write cannot miss one.
func Texts(e Event) []string { return texts(nil, reflect.ValueOf(e)) }

func texts(found []string, v reflect.Value) []string {
	switch v.Kind() {
	case reflect.String:
		if v.Len() > 0 {
			found = append(found, v.String())
		}
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			found = texts(found, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			found = texts(found, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				found = texts(found, v.Field(i))
			}
		}
	}
	return found
}
