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
    [TestCase("https://a.example/$(touch pwned);`touch pwned`|x&y'\"?key=s3cret")]
    public async Task The_address_is_in_no_argument(string url)
    {
        Install("streamlink", $"printf '%s\\n' \"$@\" > '{_bin["arguments"]}'; stat -c %a \"$2\" > '{_bin["mode"]}'; cat \"$2\" > '{_bin["config"]}'; echo 'error: No plugin can handle URL: x'; exit 1");
        Install("yt-dlp", $"printf '%s\\n' \"$@\" > '{_bin["others"]}'; cat > '{_bin["input"]}'; echo 'ERROR: Unsupported URL: x' >&2; exit 1");
        var found = await Resolver(url).ResolveAsync(CancellationToken.None);
        var arguments = File.ReadAllLines(_bin["arguments"]);
        Assert.That(arguments, Is.EqualTo(new[] { "--config", arguments[1], "--stream-url" }));
        Assert.That(File.ReadAllLines(_bin["config"]), Is.EqualTo(new[] { $"url={new Uri(url).AbsoluteUri}", "default-stream=720p,best" }));
        Assert.That(File.ReadAllText(_bin["mode"]).Trim(), Is.EqualTo("600"));
        Assert.That(File.Exists(arguments[1]), Is.False, "it is removed");
        Assert.That(File.ReadAllLines(_bin["others"]), Is.EqualTo(new[] { "-g", "--ignore-config", "--no-playlist", "--no-cache-dir", "-f", "b[protocol^=m3u8][height<=720]/b[protocol^=m3u8]/b", "-a", "-" }));
        Assert.That(File.ReadAllText(_bin["input"]), Is.EqualTo($"{new Uri(url).AbsoluteUri}\n"));
        Assert.That(found, Is.TypeOf<Resolution.Wrong>().And.Property("Reason").EqualTo("yt-dlp says \"ERROR: Unsupported URL: x\""));
        Assert.That(Directory.EnumerateFiles(".", "pwned"), Is.Empty);
    }

    [Test]
    public async Task They_see_nothing_of_the_workers_environment()
    {
        Environment.SetEnvironmentVariable("STREAMCLIPS_TEST_SECRET", "s3cret");
        Install("streamlink", $"env > '{_bin["environment"]}'; exit 1");
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
    public async Task A_folder_that_cannot_be_made_is_a_reason_and_no_crash()
    {
        Install("streamlink", "exit 1");
        File.WriteAllText(_bin["folder"], "a file");
        var found = await Resolver("https://a.example/x").ResolveAsync(CancellationToken.None);
        Assert.That(found, Is.AssignableTo<Resolution>().And.Property("Reason").Contains("cannot be written"));
    }

    [Test]
    public async Task What_a_killed_run_left_is_removed()
    {
        Install("streamlink", "exit 1");
        Directory.CreateDirectory(_bin["folder"]);
        foreach (var name in new[] { "streamlink-0123", "segment-1" }) File.WriteAllText(_bin[$"folder/{name}"], "url=https://a.example/x?key=s3cret");
        await Resolver("https://a.example/x").ResolveAsync(CancellationToken.None);
        Assert.That(Directory.GetFiles(_bin["folder"]).Select(Path.GetFileName), Is.EqualTo(new[] { "segment-1" }));
    }

    [Test]
    public async Task Where_neither_is_installed_the_remedy_is_named() =>
        Assert.That(await Resolver("https://a.example/x").ResolveAsync(CancellationToken.None), Is.TypeOf<Resolution.Wrong>().And.Property("Reason").EqualTo(
            "streamlink and yt-dlp know more sites, but neither is installed: apt-get install streamlink, or pip install yt-dlp"));

    [Test]
    public async Task A_page_that_twice_does_not_answer_us_is_asked_for_by_other_programs()
    {
        await using var origin = new Page(Playlist);
        Install("streamlink", $"printf '%s\\n' '{origin.Url}live?sig=1'");
        // Nothing listens at port 1.
        var site = new SiteResolver(new Uri("http://127.0.0.1:1/page"), Tools(TimeProvider.System), _bin.Path);
        Assert.That(await site.ResolveAsync(CancellationToken.None), Is.TypeOf<Resolution.Unreachable>(), "that may pass");
        Assert.That(await site.ResolveAsync(CancellationToken.None), Is.TypeOf<Resolution.Online>().And.Property("Playlist").EqualTo(new Uri($"{origin.Url}live?sig=1")));
    }

    [Test]
    public async Task A_page_that_no_program_finds_a_stream_at_either_stays_unreachable()
    {
        Install("streamlink", "echo 'error: No plugin can handle URL: x'; exit 1");
        var site = new SiteResolver(new Uri("http://127.0.0.1:1/page"), Tools(TimeProvider.System), _bin.Path);
        for (var i = 0; i < 3; i++) Assert.That(await site.ResolveAsync(CancellationToken.None), Is.TypeOf<Resolution.Unreachable>());
    }

    private ToolResolver Resolver(string url, TimeProvider? clock = null) => new(new Uri(url), Tools(clock ?? TimeProvider.System), _bin.Path);

    private PlatformTools Tools(TimeProvider clock) => new(EndpointBook.Read([], _ => null, []), "720p", _http, clock, new Random(1)) { Folder = _bin["folder"] };

    private void Install(string name, string script)
    {
        File.WriteAllText(_bin[name], $"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n");
        File.SetUnixFileMode(_bin[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
