using StreamClips.ClipWorker.Platforms;
using StreamClips.ClipWorker.Platforms.Sites;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Tests.EndToEnd;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Platforms.Sites;

/// <summary>How streamlink and yt-dlp are run. Scripts stand in for them.</summary>
[TestFixture]
internal sealed class ToolResolverTests
{
    private const string Playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n";

    private TemporaryDirectory _bin = null!;
    private HttpClient _http = null!;

    [SetUp]
    public void Prepare() => (_bin, _http) = (new(), StreamHttp.CreateClient());

    [TearDown]
    public void TidyUp()
    {
        _http.Dispose();
        _bin.Dispose();
    }

    [Test]
    public async Task What_streamlink_finds_is_the_stream()
    {
        await using var origin = new Page(Playlist);
        Install("streamlink", $"printf '%s\\n' '{origin.Url}live?sig=1'");
        var found = await Resolver("https://a.example/someone").ResolveAsync(CancellationToken.None);
        Assert.That(found, Is.TypeOf<Resolution.Online>().And.Property("Playlist").EqualTo(new Uri($"{origin.Url}live?sig=1")));
    }

    [TestCase("https://a.example/--player=evil")]
    [TestCase("https://a.example/$(touch pwned);`touch pwned`|x&y'\"")]
    public async Task The_address_is_one_argument_behind_the_two_dashes(string url)
    {
        Install("streamlink", $"printf '%s\\n' \"$@\" > '{_bin["arguments"]}'; echo 'error: No plugin can handle URL: x'; exit 1");
        Install("yt-dlp", $"printf '%s\\n' \"$@\" > '{_bin["others"]}'; echo 'ERROR: Unsupported URL: x' >&2; exit 1");
        var found = await Resolver(url).ResolveAsync(CancellationToken.None);
        Assert.That(File.ReadAllLines(_bin["arguments"]), Is.EqualTo(new[] { "--stream-url", "--", new Uri(url).AbsoluteUri, "720p,best" }));
        Assert.That(File.ReadAllLines(_bin["others"]), Is.EqualTo(new[]
        {
            "-g", "--ignore-config", "--no-playlist", "--no-cache-dir", "-f", "b[protocol^=m3u8][height<=720]/b[protocol^=m3u8]/b", "--", new Uri(url).AbsoluteUri,
        }));
        Assert.That(found, Is.TypeOf<Resolution.Wrong>().And.Property("Reason").EqualTo("yt-dlp says \"ERROR: Unsupported URL: x\""));
        Assert.That(Directory.EnumerateFiles(".", "pwned"), Is.Empty);
    }

    [Test]
    public async Task They_see_nothing_of_the_workers_environment()
    {
        Environment.SetEnvironmentVariable("STREAMCLIPS_TEST_SECRET", "s3cret");
        Install("streamlink", $"/usr/bin/env > '{_bin["environment"]}'; exit 1");
        await Resolver("https://a.example/x").ResolveAsync(CancellationToken.None);
        var names = File.ReadAllLines(_bin["environment"]).Select(l => l.Split('=')[0]).Except(["PWD", "SHLVL", "_", "OLDPWD"]);
        Assert.That(names, Is.EquivalentTo(new[] { "PATH", "HOME", "LANG" }));
    }

    [Test]
    public async Task One_that_never_ends_and_never_stops_to_speak_is_ended()
    {
        var clock = new ManualClock();
        Install("streamlink", $"echo > '{_bin["begun"]}'; while :; do echo 'a line of a story that never ends'; done");
        var asking = Resolver("https://a.example/x", clock).ResolveAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => File.Exists(_bin["begun"]), "it runs", 60);
        clock.Advance(ToolResolver.Deadline + TimeSpan.FromSeconds(1));
        Assert.That(await asking, Is.TypeOf<Resolution.Unreachable>());
    }

    [Test]
    public async Task Where_neither_is_installed_the_remedy_is_named() =>
        Assert.That(await Resolver("https://a.example/x").ResolveAsync(CancellationToken.None), Is.TypeOf<Resolution.Wrong>().And.Property("Reason").EqualTo(
            "streamlink and yt-dlp know more sites, but neither is installed: apt-get install streamlink, or pip install yt-dlp"));

    private ToolResolver Resolver(string url, TimeProvider? clock = null)
    {
        var book = EndpointBook.Read([], _ => null, []);
        return new(new Uri(url), new(book, "720p", _http, clock ?? TimeProvider.System, new Random(1)), _bin.Path);
    }

    private void Install(string name, string script)
    {
        File.WriteAllText(_bin[name], $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(_bin[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
