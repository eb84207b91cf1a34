//go:build e2e

package kind

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/suite/kindcluster"
	"gitlab.example.com/platform/slipway/test/tool"
)

// shellImage is the image with tools that docs/debugging.md names.
const shellImage = "busybox:1.37"

// The commands of docs/debugging.md, by whom the page says they are for.
func TestDebuggingPage(t *testing.T) {
	loadShellImage(t)
	r := newRelease(t, helmcli.Helm4)
	r.mustDeploy("v1")
	page := readPage(t, "docs/debugging.md", "the-project", r.name)
	developer := helmcli.Terminal{T: t, Program: helmcli.Helm4, Kubeconfig: impersonate(t, "jane", "developers")}
	script := func(w helmcli.Terminal, lines string) string {
		output, err := w.Script(lines)
		require.NoError(t, err)
		return output.String()
	}

	// Without the administrator's two grants a developer sees nothing.
	look := page["sh"][0]
	_, err := developer.Script(look)
	require.ErrorContains(t, err, "forbidden")
	script(helmcli.Terminal{T: t, Program: helmcli.Helm4, Kubeconfig: admin.kubeconfig}, page["sh administrator"][0])
	kindcluster.Eventually(t, "the grants hold", func(context.Context) error {
		_, err := developer.Run("kubectl", "get", "pods", "--namespace", r.name)
		return err
	})

	says := map[string]string{look: "deployment.apps/" + service, page["sh"][1]: `"msg":"serving"`, page["sh"][2]: "BASE_PATH=" + basePath}
	require.Len(t, page["sh"], len(says))
	for _, block := range page["sh"] {
		require.Contains(t, script(developer, block), says[block])
	}
	for _, block := range page["sh deployer"] {
		script(r.terminal(helmcli.Helm4), block)
	}

	t.Run("port-forward", func(t *testing.T) {
		port := freePort(t)
		forward := exec.CommandContext(t.Context(), "bash", "-euc", "exec "+strings.ReplaceAll(page["sh forward"][0], "8080:", port+":"))
		forward.Env = environment(developer)
		require.NoError(t, forward.Start())
		t.Cleanup(func() {
			_ = forward.Process.Kill()
			_ = forward.Wait()
		})
		kindcluster.Eventually(t, "the port is forwarded", func(context.Context) error {
			connection, err := net.Dial("tcp", "localhost:"+port)
			if err != nil {
				return err
			}
			return connection.Close()
		})
		said := script(developer, strings.ReplaceAll(page["sh forwarded"][0], ":8080", ":"+port))
		require.Contains(t, said, `{"status":"ready"}`)
		require.Contains(t, said, "go_goroutines")
	})

	t.Run("shell", func(t *testing.T) {
		// What is typed at the prompt, on a terminal.
		shell := func(w helmcli.Terminal, lines string) (string, error) {
			cmd := exec.CommandContext(t.Context(), "script", "--quiet", "--return", "--command", "bash -euo pipefail -c '"+lines+"'", "/dev/null")
			cmd.Env = environment(w)
			var said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &said, &said
			// It ends with the shell: the end of what is typed would end it before.
			typed, err := cmd.StdinPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			_, err = typed.Write([]byte(page["sh inside"][0] + "exit\n"))
			require.NoError(t, err)
			err = cmd.Wait()
			t.Logf("%s: %v\n%s", lines, err, said.String())
			return said.String(), err
		}
		interactive := page["sh interactive"][0]
		output, err := shell(developer, interactive)
		require.NoError(t, err)
		for _, text := range []string{"/" + service, `{"status":"ready"}`, "message: hello from dev", "BASE_PATH=" + basePath, service + "." + r.name + ".svc.cluster.local"} {
			require.Contains(t, output, text)
		}
		for _, profile := range []string{"general", "baseline", "netadmin", "sysadmin"} {
			output, err := shell(developer, strings.Replace(interactive, "--profile restricted", "--profile "+profile, 1))
			require.Error(t, err)
			require.Contains(t, output, `violates PodSecurity "restricted:latest"`, profile)
		}
		output, err = shell(r.terminal(helmcli.Helm4), interactive)
		require.Error(t, err)
		require.Contains(t, output, `cannot patch resource "pods/ephemeralcontainers"`)
		_, err = developer.Run("kubectl", "exec", "deployment/"+service, "--", "/"+service)
		require.ErrorContains(t, err, `cannot create resource "pods/exec"`)
		_, err = developer.Run("kubectl", "get", "secrets")
		require.ErrorContains(t, err, "forbidden")
	})

	// What the table says of a pod, and what the commands of the page say then.
	warnings := "kubectl events --types Warning"
	require.Contains(t, look, warnings)
	for _, c := range []struct{ set, status, command, says string }{
		{"image.tag=none", "ErrImagePull|ImagePullBackOff", warnings, repository + ":none"},
		{"env.PASSWORD.valueFrom.secretKeyRef.name=nowhere,env.PASSWORD.valueFrom.secretKeyRef.key=password", "CreateContainerConfigError", warnings, `secret "nowhere" not found`},
		{"readinessProbe.httpGet.path=/nowhere", "0/1 +Running", warnings, "Readiness probe failed: HTTP probe failed with statuscode: 404"},
		{"resources.requests.cpu=1000", "Pending", warnings, "Insufficient cpu"},
		{"env.CONFIG=/configs/nowhere", "CrashLoopBackOff", page["sh crashed"][0], "/configs/nowhere"},
	} {
		t.Run(c.status, func(t *testing.T) {
			args := slices.DeleteFunc(r.deployArguments("v1", "--set", c.set), func(arg string) bool {
				return arg == "--wait" || arg == helmcli.Helm4.RollbackOnFailure
			})
			r.terminal(helmcli.Helm4).Must("helm", args...)
			for command, says := range map[string]string{"kubectl get pods --selector app=" + service: c.status, c.command: regexp.QuoteMeta(c.says)} {
				kindcluster.Eventually(t, says, func(ctx context.Context) error {
					cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", command)
					cmd.Env = environment(developer)
					output, err := cmd.CombinedOutput()
					if err == nil && !regexp.MustCompile(says).Match(output) {
						err = errors.New("it says something else")
					}
					if err != nil {
						err = fmt.Errorf("%s: %w\n%s", command, err, output)
					}
					return err
				})
			}
		})
	}
}

// environment of the commands of a terminal.
func environment(w helmcli.Terminal) []string {
	return append(os.Environ(), "KUBECONFIG="+w.Kubeconfig, "PATH="+filepath.Dir(w.Program.Path("kubectl"))+":"+os.Getenv("PATH"))
}

var fenced = regexp.MustCompile("(?ms)^```([^\n]+)\n(.*?)^```$")

// readPage returns the blocks of code of a page, by what stands behind the fence, with names replaced.
func readPage(t *testing.T, path string, names ...string) map[string][]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	blocks := map[string][]string{}
	for _, match := range fenced.FindAllStringSubmatch(strings.NewReplacer(names...).Replace(string(content)), -1) {
		blocks[match[1]] = append(blocks[match[1]], match[2])
	}
	return blocks
}

// impersonate returns a kubeconfig of somebody whom the cluster's login has put into a group.
func impersonate(t *testing.T, user, group string) string {
	t.Helper()
	config, err := clientcmd.LoadFromFile(admin.kubeconfig)
	require.NoError(t, err)
	for _, account := range config.AuthInfos {
		account.Impersonate, account.ImpersonateGroups = user, []string{group}
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*config, path))
	return path
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// loadShellImage makes an image of Debian's busybox under the name that the page has, which the node cannot pull.
func loadShellImage(t *testing.T) {
	t.Helper()
	// Not the one of the PATH, which may need libraries.
	path, err := tool.Debian{Program: "busybox-static", Package: "busybox-static", Unpacked: "bin/busybox"}.Path(t.Context(), os.Stderr)
	require.NoError(t, err)
	program, err := os.ReadFile(path)
	require.NoError(t, err)
	applets, err := exec.CommandContext(t.Context(), path, "--list").Output()
	require.NoError(t, err)
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	require.NoError(t, writer.WriteHeader(&tar.Header{Name: "bin/busybox", Mode: 0o755, Size: int64(len(program))}))
	_, err = writer.Write(program)
	require.NoError(t, err)
	for _, applet := range strings.Fields(string(applets)) {
		if applet != "busybox" {
			require.NoError(t, writer.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "bin/" + applet, Linkname: "busybox"}))
		}
	}
	require.NoError(t, writer.Close())
	load := exec.CommandContext(t.Context(), "docker", "import", "--change", `CMD ["sh"]`, "--change", "ENV PATH=/bin", "-", shellImage)
	load.Stdin = &archive
	output, err := load.CombinedOutput()
	require.NoError(t, err, "%s", output)
	require.NoError(t, node.Load(t.Context(), shellImage))
}
