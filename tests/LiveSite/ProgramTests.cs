using System.Diagnostics;
using System.Text.Json;
using StreamClips.Testing;

namespace StreamClips.LiveSite.Tests;

/// <summary>The site as a process of its own.</summary>
[TestFixture, Category("Slow")]
internal sealed class ProgramTests
{
    private TemporaryDirectory _directory = null!;
    private Process? _site;

    [SetUp]
    public void MakeDirectory() => _directory = new TemporaryDirectory();

    [TearDown]
    public void Stop()
    {
        if (_site is { HasExited: false }) _site.Kill(entireProcessTree: true);
        _site?.Dispose();
        _site = null;
        _directory.Dispose();
    }

    [Test]
    public async Task One_line_of_json_tells_where_everything_is()
    {
        var ready = await StartAsync("--channels", "alpha,bravo");
        Assert.Multiple(() =>
        {
            Assert.That(ready.GetProperty("ready").GetBoolean(), Is.True);
            Assert.That(ready.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "ready", "url", "gql", "usher", "chat_ws", "chat_irc", "control", "environment", "channels" }));
            Assert.That(ready.GetProperty("channels").EnumerateArray().Select(c => c.GetString()), Is.EqualTo(new[] { "alpha", "bravo" }));
        });
    }

    [TestCase("-TERM")]
    [TestCase("-KILL")]
    public async Task However_it_ends_no_encoder_outlives_it(string signal)
    {
        var ready = await StartAsync("--channels", "alpha");
        var encoder = await EncoderAsync(ready);
        using (var kill = Process.Start("/bin/kill", [signal, $"{_site!.Id}"])) await kill.WaitForExitAsync();
        await Eventually.TrueAsync(() => _site.HasExited, "the site ends");
        await Eventually.TrueAsync(() => !IsRunning(encoder), "ffmpeg ends");
        if (signal == "-TERM") Assert.That(_site.ExitCode, Is.Zero);
    }

    [Test]
    public async Task It_stops_when_its_parent_is_gone()
    {
        var ready = await StartAsync("--channels", "alpha");
        var encoder = await EncoderAsync(ready);
        _site!.StandardInput.Close();
        await Eventually.TrueAsync(() => _site.HasExited && !IsRunning(encoder), "site and ffmpeg end");
        Assert.That(_site.ExitCode, Is.Zero);
    }

    [Test]
    public async Task Wrong_options_are_all_named_at_once()
    {
        Start("--channels", "ok_name,No!", "--chat-rate", "-1", "--retention", "long", "--auto-surge", "soon", "--window", "1");
        var errors = await _site!.StandardError.ReadToEndAsync();
        await _site.WaitForExitAsync();
        Assert.That(_site.ExitCode, Is.EqualTo(2));
        foreach (var part in new[] { "--channels: \"No!\"", "--chat-rate: -1", "--retention: \"long\"", "--auto-surge: \"soon\"", "--window: 1" }) Assert.That(errors, Does.Contain(part));
    }

    [TestCase("--ffmpeg", "no-such-program", "no-such-program is not installed")]
    [TestCase("--chat-file", "alpha=no-such-file", "does not exist")]
    public async Task What_is_missing_is_named(string option, string value, string message)
    {
        Start("--channels", "alpha", option, value);
        var errors = await _site!.StandardError.ReadToEndAsync();
        await _site.WaitForExitAsync();
        Assert.That((_site.ExitCode, errors), Is.EqualTo((1, errors)));
        Assert.That(errors, Does.Contain(message).And.Not.Contain("   at "), "a message and no stack");
    }

    [Test]
    public async Task A_port_in_use_is_named()
    {
        var ready = await StartAsync("--channels", "alpha");
        var port = $"{new Uri(ready.GetProperty("url").GetString()!).Port}";
        using var first = _site!;
        Start("--channels", "alpha", "--port", port);
        var errors = await _site!.StandardError.ReadToEndAsync();
        await _site.WaitForExitAsync();
        first.Kill(entireProcessTree: true);
        Assert.That(_site.ExitCode, Is.EqualTo(1));
        Assert.That(errors, Does.Contain(port).And.Contain("in use"));
    }

    [Test]
    public async Task Segments_are_deleted_when_their_time_is_over()
    {
        var ready = await StartAsync("--channels", "alpha", "--window", "3", "--retention", "0");
        using var http = new HttpClient();
        await Eventually.TrueAsync(async () => await PublishedAsync(http, ready) >= 6, "six segments");
        await Eventually.TrueAsync(() => Files() <= 4, "the window and one that is being published are all there is");

        int Files() => Directory.EnumerateFiles(Path.Combine(_directory.Path, "channels", "alpha"), "*.ts", SearchOption.AllDirectories).Count(f => f.Contains("chunked", StringComparison.Ordinal));
    }

    [Test]
    public async Task A_lost_encoder_leaves_no_pieces_behind()
    {
        var ready = await StartAsync("--channels", "alpha");
        using (var ffmpeg = Process.GetProcessById(await EncoderAsync(ready))) ffmpeg.Kill();
        var run = Path.Combine(_directory.Path, "channels", "alpha", "1");
        await Eventually.TrueAsync(() => Directory.Exists(Path.Combine(run, "1")), "the next encoder");
        Assert.That(Directory.GetFiles(Path.Combine(run, "0"), "*", SearchOption.AllDirectories), Has.All.EndsWith("0.ts").Or.Empty);
    }

    private static async Task<long> PublishedAsync(HttpClient http, JsonElement ready) =>
        JsonDocument.Parse(await http.GetStringAsync(new Uri(ready.GetProperty("control").GetString()!))).RootElement
            .GetProperty("channels").GetProperty("alpha").GetProperty("segments_published").GetInt64();

    private static async Task<int> EncoderAsync(JsonElement ready)
    {
        using var http = new HttpClient();
        var process = 0;
        await Eventually.TrueAsync(async () =>
        {
            var state = JsonDocument.Parse(await http.GetStringAsync(new Uri(ready.GetProperty("control").GetString()!))).RootElement;
            var id = state.GetProperty("channels").GetProperty("alpha").GetProperty("encoder_pid");
            return id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out process);
        }, "the encoder runs");
        Assert.That(IsRunning(process), Is.True);
        return process;
    }

    // A zombie has ended: whether somebody collects it is not the site's affair.
    private static bool IsRunning(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Split(") ")[1][0] != 'Z';
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private async Task<JsonElement> StartAsync(params string[] arguments)
    {
        Start(arguments);
        var line = await _site!.StandardOutput.ReadLineAsync();
        Assert.That(line, Is.Not.Null, "the site ended before it was ready");
        return JsonDocument.Parse(line!).RootElement.Clone();
    }

    private void Start(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "StreamClips.LiveSite.dll");
        var start = new ProcessStartInfo("dotnet", [program, "--data", _directory.Path, .. arguments])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["STREAMCLIPS_STOP_WITH_PARENT"] = "1";
        _site = Process.Start(start);
    }
}
