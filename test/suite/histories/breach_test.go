package histories

// promise is what a history holds slipway to.
type promise string

const (
	isStuck     promise = "a good deploy does not succeed in two runs"
	succeedsBad promise = "a deploy that must fail succeeds"
	fellBelow   promise = "the ready pods fell below what the strategy allows"
	differs     promise = "what is live is not what a fresh install makes"
	isPending   promise = "the newest revision is not deployed"
	leavesLease promise = "a Lease is left"
	harmed      promise = "the neighbour was changed"
	overwritten promise = "a deploy that had lost its Lease has changed what a later one made"
	doesNotEnd  promise = "a command does not end"
	autoscaled  promise = "pods that an autoscaler owns were taken away"
)

// breach is the error of a promise that a history broke.
type breach struct {
	promise promise
	detail  string
}

// Error is for people.
func (b breach) Error() string { return string(b.promise) + ":\n" + b.detail }
