package helmcli

import "flag"

// parallel is how many tests run at once where -parallel does not say: most of their time they wait for Helm.
const parallel = "8"

// SetParallel lets more tests run at once than there are processors, unless -parallel says how many. Flags must be parsed.
func SetParallel() error {
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if asked {
		return nil
	}
	return flag.Set("test.parallel", parallel)
}
