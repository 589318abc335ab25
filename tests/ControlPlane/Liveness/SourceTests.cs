using StreamClips.ControlPlane.Liveness;

namespace StreamClips.ControlPlane.Tests.Liveness;

public sealed class SourceTests
{
    private static readonly string[] Many = [.. Enumerable.Range(0, 98).Select(i => $"off{i}")];
    private Site _site = null!;
    private StatusHttp _http = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _site = await Site.StartAsync(["ann", "bea"], ["cid"]);
        _http = new StatusHttp(TimeProvider.System);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _http.Dispose();
        await _site.DisposeAsync();
    }

    [SetUp]
    public Task ResetAsync() => _site.ControlAsync("helix");

    [Test]
    public async Task Twitch_s_public_api_is_asked_for_a_hundred_at_once()
    {
        using var helix = Helix();
        // Those that are live are the last ones: who asks for a page of the usual length does not see them.
        string[] channels = [.. Many, "ann", "bea"];
        var answer = await helix.AskAsync(channels, CancellationToken.None);

        Assert.That(answer.Fault, Is.Null);
        Assert.That(answer.Channels.Keys, Is.EquivalentTo(channels));
        Assert.That(answer.Channels.Where(c => c.Value.Live).Select(c => c.Key), Is.EquivalentTo((string[])["ann", "bea"]));
        Assert.That((await helix.AskAsync([.. channels, "cid"], CancellationToken.None)).Fault, Does.Contain("400"), "the simulator is as strict as the platform");
    }

    [Test]
    public async Task A_token_that_was_revoked_is_renewed_within_the_same_look()
    {
        using var helix = Helix();
        Assert.That((await helix.AskAsync(["ann"], CancellationToken.None)).Channels["ann"].Live);
        await _site.ControlAsync("helix", new { tokens = "revoke" });
        Assert.That((await helix.AskAsync(["ann"], CancellationToken.None)).Channels["ann"].Live);
    }

    [Test]
    public async Task An_empty_bucket_says_when_it_is_full()
    {
        using var helix = Helix();
        await _site.ControlAsync("helix", new { limit = 1 });
        Assert.That((await helix.AskAsync(["ann"], CancellationToken.None)).Fault, Is.Null);
        var refused = await helix.AskAsync(["ann"], CancellationToken.None);
        Assert.That(refused.Fault, Does.Contain("429"));
        Assert.That(refused.Wait, Is.GreaterThan(TimeSpan.FromSeconds(5)).And.LessThan(TimeSpan.FromSeconds(70)), "a point a minute");
        Assert.That(refused.Channels, Is.Empty);
    }

    [Test]
    public async Task Wrong_credentials_are_told_without_the_secret()
    {
        var options = _site.Options(helix: true, secret: "not-the-secret");
        using var helix = Helix(options);
        var answer = await helix.AskAsync(["ann"], CancellationToken.None);
        Assert.That(answer.Fault, Does.Contain("TWITCH_CLIENT_SECRET").And.Not.Contain("not-the-secret"));
        Assert.That($"{options}{options.TwitchClient}", Does.Not.Contain("not-the-secret"));
    }

    [Test]
    public async Task Twitch_without_credentials_Kick_YouTube_and_playlists_tell_it_too()
    {
        var options = _site.Options(helix: false);
        var (gql, kick, tube, hls) = (new TwitchGql(_http, options.TwitchGql), new KickSite(_http, options.Kick), new YouTubeSite(_http, options.YouTube), new HlsPlaylists(_http));
        var asked = await gql.AskAsync(["ann", "cid", "nobody"], CancellationToken.None);
        Assert.That((asked.Fault, asked.Channels["ann"].Live, asked.Channels["cid"].Live), Is.EqualTo(((string?)null, true, false)));
        Assert.That(asked.Channels["nobody"].Note, Does.Contain("no channel 'nobody' on Twitch"));

        await LiveAsync(kick, "ann", "cid");
        await LiveAsync(tube, "@ann/live", "@cid/live");
        // Its playlist is there as soon as there is a segment.
        var (online, offline) = ($"{_site.Addresses.Url}/hls/ann/master.m3u8", $"{_site.Addresses.Url}/hls/cid/master.m3u8");
        await StreamClips.Testing.Eventually.TrueAsync(async () => (await hls.AskAsync([online], CancellationToken.None)).Channels.GetValueOrDefault(online)?.Live == true, "the playlist is there");
        Assert.That((await hls.AskAsync([offline], CancellationToken.None)).Channels[offline].Live, Is.False);
        Assert.That((await kick.AskAsync(["nobody"], CancellationToken.None)).Channels["nobody"].Note, Does.Contain("no channel 'nobody' on Kick"));
        Assert.That((await tube.AskAsync(["@nobody/live"], CancellationToken.None)).Channels["@nobody/live"].Note, Does.Contain("no channel '@nobody' on YouTube"));
    }

    [Test]
    public async Task What_is_no_answer_is_none()
    {
        var nowhere = new Uri("http://127.0.0.1:1/");
        IStatusSource[] sources = [new TwitchGql(_http, nowhere), new KickSite(_http, nowhere), new YouTubeSite(_http, nowhere)];
        foreach (var source in sources) Failed(await source.AskAsync(["ann"], CancellationToken.None), source.Platform, "127.0.0.1");
        // Pages of something else.
        var elsewhere = new Uri(_site.Addresses.Control);
        Failed(await new TwitchGql(_http, elsewhere).AskAsync(["ann"], CancellationToken.None), "gql", "");
        Failed(await new HlsPlaylists(_http).AskAsync([elsewhere.ToString()], CancellationToken.None), "hls", "not an HLS playlist");
        await _site.ControlAsync("channels/ann/faults", new { kind = "status", target = "gql", status = 503, count = 1 });
        Failed(await new TwitchGql(_http, _site.Options(helix: false).TwitchGql).AskAsync(["ann", "cid"], CancellationToken.None), "gql", "503");
    }

    private static void Failed(StatusAnswer answer, string what, string says)
    {
        Assert.That(answer.Channels, Is.Empty, what);
        Assert.That(answer.Fault, Does.Contain(says), what);
    }

    private static async Task LiveAsync(IStatusSource source, string online, string offline)
    {
        Assert.That(await source.AskAsync([online], CancellationToken.None) is { Fault: null } a && a.Channels[online].Live, source.Platform);
        Assert.That(await source.AskAsync([offline], CancellationToken.None) is { Fault: null } b && !b.Channels[offline].Live, source.Platform);
    }

    private TwitchHelix Helix(LivenessOptions? given = null)
    {
        var options = given ?? _site.Options(helix: true);
        return new(_http, options.TwitchHelix, options.TwitchAuth, options.TwitchClient!, TimeProvider.System);
    }
}
