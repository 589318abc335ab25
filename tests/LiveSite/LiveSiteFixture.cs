using System.Text;
using System.Text.Json;
using StreamClips.LiveSite.Playlists;
using StreamClips.Testing;

namespace StreamClips.LiveSite.Tests;

/// <summary>One site for all tests that need a running one. Every fixture that changes a channel has a channel of its own, so that none
/// is in another's way.</summary>
[SetUpFixture]
public sealed class LiveSiteFixture
{
    public const string Steady = "steady";
    public const string Faulty = "faulty";
    public const string Chatty = "chatty";
    public const string Changing = "changing";
    public const string Offline = "offline";
    public const string Packed = "packed";
    public const string Uneven = "uneven";
    public const string Turning = "turning";

    private static TemporaryDirectory s_directory = null!;
    private static LiveSiteApp s_site = null!;

    public static LiveSiteAddresses Addresses { get; private set; } = null!;

    public static HttpClient Http { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StartSite()
    {
        s_directory = new TemporaryDirectory();
        var options = new LiveSiteOptions
        {
            Data = s_directory.Path,
            Channels = [Steady, Faulty, Chatty, Changing, Offline, Turning, Packed, Uneven],
            Offline = [Offline, Turning],
            Packagings = new Dictionary<string, Packaging> { [Packed] = Packaging.Read("fmp4+ranges+aes")!, [Uneven] = Packaging.Read("aes+uneven")! },
            ChatRate = 20,
            ChatPing = TimeSpan.FromSeconds(2),
        };
        s_site = LiveSiteApp.Build(options, TimeProvider.System);
        var (addresses, failure) = await s_site.StartAsync(CancellationToken.None);
        Addresses = addresses ?? throw new InvalidOperationException(failure);
        Http = new HttpClient { BaseAddress = new Uri(addresses.Url) };
    }

    [OneTimeTearDown]
    public async Task StopSite()
    {
        Http?.Dispose();
        await s_site.DisposeAsync();
        s_directory.Dispose();
    }

    /// <summary>Posts to the control endpoint and returns the answer; fails on a status that is not a success.</summary>
    public static async Task<JsonElement> ControlAsync(string path, object? body = null)
    {
        using var content = new StringContent(body is null ? "" : JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync(new Uri($"/control/{path}", UriKind.Relative), content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.IsSuccessStatusCode, Is.True, text);
        return JsonDocument.Parse(text).RootElement.Clone();
    }

    public static async Task<JsonElement> StateAsync(string channel) =>
        JsonDocument.Parse(await Http.GetStringAsync(new Uri("/control", UriKind.Relative))).RootElement.GetProperty("channels").GetProperty(channel).Clone();

    public static async Task ClearFaultsAsync(string channel) =>
        (await Http.DeleteAsync(new Uri($"/control/channels/{channel}/faults", UriKind.Relative))).Dispose();

    /// <summary>The plain playlist of a channel, once it has enough segments.</summary>
    public static Task<HlsPlaylist> PlaylistAsync(string channel, int segments = 1, string quality = "chunked") => Eventually.ValueAsync(async () =>
    {
        var playlist = await TryPlaylistAsync(channel, quality);
        return playlist?.Segments.Count >= segments ? playlist : null;
    }, $"{channel} has {segments} segments");

    /// <summary>The plain playlist of a channel as it is; null: an error.</summary>
    public static async Task<HlsPlaylist?> TryPlaylistAsync(string channel, string quality = "chunked")
    {
        var address = new Uri($"{Addresses.Url}/hls/{channel}/{quality}/index.m3u8");
        using var response = await Http.GetAsync(address);
        return response.IsSuccessStatusCode ? HlsPlaylist.Parse(await response.Content.ReadAsStringAsync(), address) : null;
    }
}
