package lease

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// worker is one that does nothing.
type worker struct {
	mutex sync.Mutex
	state string
}

func (w *worker) become(state string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.state = state
}

func (w *worker) Pause()  { w.become("held") }
func (w *worker) Resume() { w.become("goes on") }
func (w *worker) Kill()   { w.become("killed") }

func (w *worker) is() string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.state
}

// said collects what people are told.
type said struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (s *said) say(format string, args ...any) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	fmt.Fprintf(&s.text, format+"\n", args...)
}

func (s *said) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String()
}

// acquire takes a server's Lease, with a worker under it.
func acquire(t *testing.T, s *server) (*Lease, *worker, *said) {
	t.Helper()
	told, w := &said{}, &worker{}
	l, err := Acquire(t.Context(), Options{Client: s.client(), Release: "app", Namespace: "the-project", Say: told.say})
	require.NoError(t, err)
	t.Cleanup(l.End)
	l.Guard(w)
	return l, w, told
}

// What may happen to a Lease while it is held, and what becomes of helm.
func TestHeld(t *testing.T) {
	t.Setenv("CI_JOB_ID", "")
	for _, c := range []struct {
		name string
		// happens after a minute, and the rest a time later.
		happens func(s *server)
		later   time.Duration
		then    func(s *server)
		// worker in between and in the end.
		between, worker string
		lost, says      string
	}{
		{name: "nothing", happens: func(*server) {}, later: time.Hour},
		{name: "the API server is away for less than the Lease holds", happens: func(s *server) { s.refuse(away...) }, later: 18 * time.Second},
		{
			name: "the API server is away for longer, and nobody else comes", happens: func(s *server) { s.refuse(away...) }, later: time.Minute,
			between: "held", worker: "goes on", says: "is still ours: going on",
		},
		{
			name: "somebody else comes when it is back", happens: func(s *server) { s.refuse(away...) }, later: time.Minute,
			then:    func(s *server) { s.take("job 2", 0) },
			between: "held", worker: "killed", lost: "job 2 has taken it over",
		},
		{
			name: "somebody else came, and went", happens: func(s *server) { s.refuse(away...) }, later: time.Minute,
			then:    func(s *server) { s.delete() },
			between: "held", worker: "killed", lost: "is gone, as when somebody takes it over and comes to an end",
		},
		{
			name: "the API server stays away", happens: func(s *server) { s.refuse(away...) }, later: 10 * time.Minute,
			between: "killed", worker: "killed", lost: "the API server has not said whose it is for 5m",
		},
		{name: "renewals are refused", happens: func(s *server) { s.refuse("update") }, later: time.Hour},
		{
			name: "renewals are refused, and somebody takes it over", happens: func(s *server) { s.refuse("update") }, later: time.Minute,
			then: func(s *server) { s.take("job 2", 0) }, worker: "killed", lost: "job 2 has taken it over",
		},
		{name: "it is taken from us", happens: func(s *server) { s.take("job 2", 0) }, later: 6 * time.Second, between: "killed", worker: "killed", lost: "job 2 has taken it over"},
		{name: "it is deleted by hand", happens: (*server).delete, later: time.Minute, says: "it is made anew"},
		{
			name: "it is deleted by hand, and somebody comes", happens: (*server).delete, later: time.Second,
			then: func(s *server) { s.take("job 2", 0) }, worker: "killed", lost: "job 2 has taken it over",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{}
				l, w, told := acquire(t, s)
				time.Sleep(time.Minute)
				c.happens(s)
				time.Sleep(c.later)
				synctest.Wait()
				require.Equal(t, c.between, w.is(), told)
				if c.then != nil {
					c.then(s)
				}
				s.refuse()
				time.Sleep(20 * time.Second)
				synctest.Wait()
				require.Equal(t, c.worker, w.is(), told)
				require.Contains(t, told.String(), c.says)
				if c.lost == "" {
					require.NoError(t, l.Err())
					require.NoError(t, l.Leave(t.Context()))
					require.Less(t, time.Since(s.now().Spec.RenewTime.Time), 10*time.Second)
					l.End()
					require.Nil(t, s.now())
					return
				}
				var lost *Lost
				require.ErrorAs(t, l.Err(), &lost)
				require.ErrorContains(t, lost, c.lost)
				require.ErrorIs(t, l.Leave(t.Context()), lost)
				late := &worker{}
				l.Guard(late)
				require.Equal(t, "killed", late.is(), "one that is started later")
				there := s.now()
				l.End()
				require.Equal(t, there, s.now(), "another's is not removed")
			})
		})
	}
}

// While a Lease is in doubt nothing is written, and nobody is let go on by an answer from before the sleep.
func TestInDoubt(t *testing.T) {
	t.Setenv("CI_JOB_ID", "")
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		l, w, told := acquire(t, s)
		defer l.End()
		s.refuse(away...)
		time.Sleep(26 * time.Second)
		synctest.Wait()
		require.Equal(t, "held", w.is(), "before anybody may take it over")
		late := &worker{}
		l.Guard(late)
		require.Equal(t, "held", late.is())

		ended, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, l.Leave(ended), context.Canceled)
		may := make(chan error)
		go func() { may <- l.Leave(t.Context()) }()
		synctest.Wait()
		l.confirm(time.Now().Add(-30 * time.Second))
		require.Equal(t, "held", w.is(), "the request was sent before")
		select {
		case <-may:
			require.Fail(t, "is let go on")
		default:
		}
		s.refuse()
		require.NoError(t, <-may)
		require.Equal(t, "goes on", w.is(), told)
		require.Equal(t, "goes on", late.is())
	})
}

func TestAcquire(t *testing.T) {
	for _, c := range []struct {
		name string
		job  string
		// ago is when the other one renewed its Lease, by its own clock.
		ago     time.Duration
		renews  bool
		ends    bool
		sameJob bool
		// takes is how long it takes.
		takes      time.Duration
		busy, says string
		diedAfter  bool
	}{
		{name: "one that died", ago: time.Second, takes: 30 * time.Second, says: "it is gone", diedAfter: true},
		{name: "one that is old, by its own clock or because it slept", ago: time.Hour, takes: 30 * time.Second, says: "seeing whether it is renewed", diedAfter: true},
		{name: "one from the future", ago: -time.Hour, takes: 30 * time.Second, says: "it is gone", diedAfter: true},
		{name: "one that is old and awake", ago: time.Hour, renews: true, busy: "is being deployed by job 1 of pipeline 2 of a/b (https://c) since"},
		{name: "one that ends", ago: time.Second, ends: true, takes: 10 * time.Second},
		{name: "another command of the same job", job: "1", ago: time.Second, takes: 30 * time.Second, says: "it is gone", diedAfter: true},
		{name: "the same job, which has ended", job: "1", ago: time.Second, sameJob: true, says: "an earlier command of this job", diedAfter: true},
		{name: "another job, which has ended", job: "2", ago: time.Second, sameJob: true, takes: 30 * time.Second, says: "it is gone", diedAfter: true},
		{name: "no job", sameJob: true, takes: 30 * time.Second, says: "it is gone", diedAfter: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, value := range map[string]string{"CI_JOB_ID": c.job, "CI_PIPELINE_ID": "2", "CI_PROJECT_PATH": "a/b", "CI_JOB_URL": "https://c"} {
				t.Setenv(name, value)
			}
			synctest.Test(t, func(t *testing.T) {
				s, told := &server{}, &said{}
				s.take("job 1 of pipeline 2 of a/b (https://c)", c.ago)
				made := time.Now()
				var other sync.WaitGroup
				defer other.Wait()
				other.Go(func() {
					time.Sleep(10 * time.Second)
					switch {
					case c.renews:
						s.mutex.Lock()
						defer s.mutex.Unlock()
						s.store(s.lease)
					case c.ends:
						s.delete()
					}
				})
				l, err := Acquire(t.Context(), Options{Client: s.client(), Release: "app", Namespace: "the-project", SameJob: c.sameJob, Say: told.say})
				require.Contains(t, told.String(), c.says)
				if c.busy != "" {
					var busy *Busy
					require.ErrorAs(t, err, &busy)
					require.ErrorContains(t, err, c.busy)
					return
				}
				require.NoError(t, err)
				defer l.End()
				require.InDelta(t, c.takes.Seconds(), time.Since(made).Seconds(), 1)
				require.Equal(t, c.diedAfter, l.DiedAfter(made.Add(time.Second)))
				require.Equal(t, c.diedAfter, l.DiedAfter(made.Add(35*time.Second)), "a request that it sent in time")
				require.False(t, l.DiedAfter(made.Add(time.Minute)), "it was dead by then")
			})
		})
	}
}

// Who ends with something unfinished leaves word for the next one, which need not wait, and which knows by that until when the
// other can have written.
func TestEndUnfinished(t *testing.T) {
	t.Setenv("CI_JOB_ID", "")
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		first, _, _ := acquire(t, s)
		time.Sleep(time.Minute)
		first.EndUnfinished()
		ended := time.Now()
		require.Empty(t, holderOf(s.now()))

		time.Sleep(time.Hour)
		next, _, told := acquire(t, s)
		require.Less(t, time.Since(ended), time.Hour+time.Second)
		require.Contains(t, told.String(), "an earlier deploy of release app ended 1h0m0s ago and could not finish what it had begun")
		require.True(t, next.DiedAfter(ended))
		require.False(t, next.DiedAfter(ended.Add(time.Minute)), "somebody else was at work by then")
		next.End()
		require.Nil(t, s.now())
	})
}

// Word is left by nobody but the holder, and only where there is an API server to leave it with.
func TestEndUnfinishedOfAnother(t *testing.T) {
	t.Setenv("CI_JOB_ID", "")
	for name, c := range map[string]struct {
		happens func(s *server)
		says    string
	}{
		"taken over":       {happens: func(s *server) { s.take("job 2", 0) }},
		"deleted":          {happens: (*server).delete},
		"no API server":    {happens: func(s *server) { s.refuse(away...) }, says: "is left, and is stale in 30s"},
		"renewals refused": {happens: func(s *server) { s.refuse("update") }, says: "is left, and is stale in 30s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{}
				l, _, told := acquire(t, s)
				c.happens(s)
				var before string
				if name != "deleted" {
					before = s.now().String()
				}
				l.EndUnfinished()
				if name != "deleted" {
					require.Equal(t, before, s.now().String())
				}
				require.Contains(t, told.String(), c.says)
			})
		})
	}
}
