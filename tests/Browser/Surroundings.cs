using System.Diagnostics;
using Microsoft.Playwright;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.Testing;

namespace StreamClips.Browser.Tests;

/// <summary>What all tests share: one Postgres with a template that has the schema, one Chromium, one real clip.</summary>
[SetUpFixture]
internal sealed class Surroundings
{
    /// <summary>How long a page may take to become what is expected of it, in milliseconds. It costs nothing where all goes well.</summary>
    public const float PatienceMs = 90_000;

    private const string Template = "template_streamclips";
    private static TemporaryDirectory _directory = null!;
    private static PrivatePostgres? _postgres;
    private static IPlaywright? _playwright;

    /// <summary>The browser; each test opens a context of its own, which is a fresh profile.</summary>
    public static IBrowser Browser { get; private set; } = null!;

    /// <summary>A clip of 12 s with picture and sound, and its poster.</summary>
    public static (string Video, string Poster) Clip { get; private set; }

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _directory = new TemporaryDirectory();
        _postgres = await PrivatePostgres.StartAsync(_directory["postgres"], TimeProvider.System, CancellationToken.None);
        await RunAsync($"create database {Template}");
        await Migrations.BuiltIn.RunAsync(_postgres.ConnectionTo(Template), TimeProvider.System, CancellationToken.None);
        Clip = await MakeClipAsync();
        _playwright = await Playwright.CreateAsync();

        // The default is 5 s, of which two polls of a page already take four.
        Assertions.SetDefaultExpectTimeout(PatienceMs);
        Browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            Timeout = PatienceMs,
            ExecutablePath = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium",
            Args =
            [
                "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-gpu",
                "--disable-quic", "--autoplay-policy=no-user-gesture-required", "--mute-audio",
            ],
        });
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (Browser is not null) await Browser.CloseAsync();
        _playwright?.Dispose();
        if (_postgres is not null) await _postgres.StopAsync();
        _directory.Dispose();
    }

    /// <summary>A database with the schema and no rows.</summary>
    public static async Task<string> DatabaseAsync()
    {
        var name = $"b{Guid.NewGuid():n}";
        await RunAsync($"create database {name} template {Template}");
        return _postgres!.ConnectionTo(name);
    }

    private static async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_postgres!.ConnectionTo("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<(string Video, string Poster)> MakeClipAsync()
    {
        var (video, poster) = (_directory["clip.mp4"], _directory["clip.jpg"]);
        await FfmpegAsync(
            $"-f lavfi -i testsrc2=size=640x360:rate=30:duration=12 -f lavfi -i sine=frequency=440:duration=12 -c:v libx264 -preset ultrafast -g 30 -pix_fmt yuv420p -c:a aac -movflags +faststart {video}");
        await FfmpegAsync($"-ss 4 -i {video} -frames:v 1 -vf scale=480:-2 -q:v 6 {poster}");
        return (video, poster);
    }

    private static async Task FfmpegAsync(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", $"-v error -nostdin -y {arguments}") { RedirectStandardError = true, UseShellExecute = false })!;
        var complaints = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero, complaints);
    }
}
