using System.Diagnostics;
using System.Net;
using System.Text;
using StreamClips.Cli.Completion;
using StreamClips.Testing;

namespace StreamClips.Cli.Tests.Completion;

/// <summary>Real shells at a terminal of their own, in which somebody types and presses Tab.</summary>
[Category("Slow")]
internal sealed class ShellTests
{
    private TemporaryDirectory _home = null!;

    [SetUp]
    public async Task SignInAsync()
    {
        _home = new TemporaryDirectory();
        Directory.CreateDirectory(_home["streamclips"]);
        await File.WriteAllTextAsync(_home["streamclips/contexts.json"], """{"current":"work","contexts":{"work":{"server":"http://127.0.0.1:9","token":"sct_x","user":"a"}}}""");
        Directory.CreateDirectory(_home["bin"]);
        // What is completed asks the command; what is then called only says so.
        await File.WriteAllTextAsync(_home["bin/streamclips"], $"#!/bin/bash\ncase $1 in '[suggest'* | completion) exec dotnet '{typeof(Suggestions).Assembly.Location}' \"$@\" ;; esac\nprintf 'ran:'; printf ' <%s>' \"$@\"; echo\n");
        foreach (var file in (string[])["streamclips/contexts.json", "bin/streamclips"]) File.SetUnixFileMode(_home[file], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [TearDown]
    public void Forget() => _home.Dispose();

    [TestCase("bash --norc --noprofile -i", "eval \"$(streamclips completion bash)\"")]
    [TestCase("zsh -f -i", "autoload -U compinit; compinit -D -u; source <(streamclips completion zsh)")]
    [TestCase("fish --no-config -i", "streamclips completion fish | source")]
    public async Task A_shell_completes_commands_and_what_somebody_named(string shell, string source)
    {
        await using var terminal = new TypedShell(_home, shell);
        await terminal.TypeAsync($"{source}\n");
        await terminal.TypeAsync("streamclips streamers sho\tada\n");
        await terminal.ShowsAsync("ran: <streamers> <show> <ada>");
        await terminal.TypeAsync("streamclips contexts use w\t\n");
        await terminal.ShowsAsync("ran: <contexts> <use> <work>");
        await terminal.TypeAsync("streamclips settings set clip_dur\t45\n");
        await terminal.ShowsAsync("ran: <settings> <set> <clip_duration=45>");
        await terminal.TypeAsync("exit\n");
    }

    /// <summary>A shell at a pseudo-terminal (script of util-linux).</summary>
    private sealed class TypedShell : IAsyncDisposable
    {
        private readonly StringBuilder _shown = new();
        private readonly Process _process;
        private readonly Task _reading;

        public TypedShell(TemporaryDirectory home, string shell)
        {
            var start = new ProcessStartInfo("script", ["-qfec", $"stty cols 200; exec {shell}", "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
            foreach (var (name, value) in new Dictionary<string, string>
                     {
                         ["XDG_CONFIG_HOME"] = home.Path, ["HOME"] = home.Path, ["STREAMCLIPS_URL"] = "", ["TERM"] = "xterm", ["PATH"] = $"{home["bin"]}:{Environment.GetEnvironmentVariable("PATH")}",
                     }) start.Environment[name] = value;
            _process = Process.Start(start)!;
            _reading = ReadAsync();
        }

        public async Task TypeAsync(string keys)
        {
            await _process.StandardInput.WriteAsync(keys);
            await _process.StandardInput.FlushAsync();
        }

        public Task ShowsAsync(string text) => Eventually.TrueAsync(() =>
        {
            lock (_shown) return _shown.ToString().Contains(text, StringComparison.Ordinal) || (_process.HasExited ? throw new InvalidOperationException($"the shell ended: {_shown}") : false);
        }, $"the shell shows '{text}'", 120);

        public async ValueTask DisposeAsync()
        {
            TestContext.Out.WriteLine(_shown);
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            await _reading;
            _process.Dispose();
        }

        private async Task ReadAsync()
        {
            var some = new char[4096];
            while (await _process.StandardOutput.ReadAsync(some) is > 0 and var read)
                lock (_shown) _shown.Append(some, 0, read);
        }
    }
}

/// <summary>Names that only the control plane knows.</summary>
[NonParallelizable]
internal sealed class ServerNamesTests
{
    [TestCase("streamclips streamers show gr", "/streamers", "q=gr", """{"items":[{"name":"grace"},{"name":"gr\u001b[31mim"}],"next":null}""", "grace,gr\ufffd[31mim")]
    [TestCase("streamclips nodes drain ", "/nodes", "limit=500", """{"items":[{"id":"node-1"}],"next":null}""", "node-1")]
    [TestCase("streamclips clips show 0", "/clips", "fields=id", """{"items":[{"id":"0193a1b2"}],"next":null}""", "0193a1b2")]
    [TestCase("streamclips tokens revoke c", "/tokens", "limit=500", """{"items":[{"name":"ci"}]}""", "ci")]
    [TestCase("streamclips nodes token revoke 0", "/tokens/join", "limit=500", """{"items":[{"id":"0193"}]}""", "0193")]
    [TestCase("streamclips streamers show x", "/streamers", "q=x", """[7]""", "")]
    [TestCase("streamclips streamers show x", "/streamers", "q=x", """no JSON""", "")]
    public async Task Names_are_asked_of_the_control_plane_and_offered_clean(string line, string path, string query, string answer, string words)
    {
        using var server = new HttpListener();
        var port = TestPort();
        server.Prefixes.Add($"http://127.0.0.1:{port}/");
        server.Start();
        var (patience, url, token) = (ServerNames.Deadline, Environment.GetEnvironmentVariable("STREAMCLIPS_URL"), Environment.GetEnvironmentVariable("STREAMCLIPS_TOKEN"));
        try
        {
            (ServerNames.Deadline, var asked) = (TimeSpan.FromSeconds(60), AnswerAsync(server, answer));
            Environment.SetEnvironmentVariable("STREAMCLIPS_URL", $"http://127.0.0.1:{port}");
            Environment.SetEnvironmentVariable("STREAMCLIPS_TOKEN", "sct_x");

            Assert.That(string.Join(',', Suggestions.Of(line).Where(w => !w.StartsWith('-'))), Is.EqualTo(words));
            Assert.That((await asked).AbsolutePath, Is.EqualTo(path));
            Assert.That((await asked).Query, Does.Contain(query));
        }
        finally
        {
            ServerNames.Deadline = patience;
            Environment.SetEnvironmentVariable("STREAMCLIPS_URL", url);
            Environment.SetEnvironmentVariable("STREAMCLIPS_TOKEN", token);
        }
    }

    [TestCase("streamclips settings set det", "detector=")]
    [TestCase("streamclips settings set detector=", "detector=highlight,detector=surge")]
    [TestCase("streamclips settings set vertical=f", "vertical=false")]
    [TestCase("streamclips settings unset clip_d", "clip_duration")]
    public void Settings_are_known_without_asking(string line, string words) => Assert.That(string.Join(',', Suggestions.Of(line)), Is.EqualTo(words));

    private static async Task<Uri> AnswerAsync(HttpListener server, string answer)
    {
        var context = await server.GetContextAsync();
        var bytes = Encoding.UTF8.GetBytes(answer);
        await context.Response.OutputStream.WriteAsync(bytes);
        context.Response.Close();
        return context.Request.Url!;
    }

    private static int TestPort()
    {
        using var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }
}
