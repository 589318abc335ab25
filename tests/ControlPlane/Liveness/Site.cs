using System.Net.Http.Json;
using StreamClips.ControlPlane.Liveness;
using StreamClips.LiveSite;
using StreamClips.LiveSite.Twitch;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Liveness;

/// <summary>The simulated platform, all of its channels with a chat and some with a picture. It ends with its using block.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private LiveSiteApp? _app;

    public LiveSiteAddresses Addresses { get; private set; } = null!;

    public static async Task<Site> StartAsync(IReadOnlyList<string> live, IReadOnlyList<string> offline)
    {
        var site = new Site();
        site._app = LiveSiteApp.Build(new LiveSiteOptions { Data = site._directory.Path, Channels = [.. live, .. offline], Offline = offline }, TimeProvider.System);
        var (addresses, failure) = await site._app.StartAsync(CancellationToken.None);
        site.Addresses = addresses ?? throw new InvalidOperationException(failure);
        return site;
    }

    /// <summary>How it is asked; with the application's credentials, or as pages do.</summary>
    public LivenessOptions Options(bool helix, string secret = HelixState.ClientSecret)
    {
        var variables = new Dictionary<string, string>(Addresses.Environment);
        if (helix) (variables["TWITCH_CLIENT_ID"], variables["TWITCH_CLIENT_SECRET"]) = (HelixState.ClientId, secret);
        var faults = new List<string>();
        var options = LivenessOptions.Read(variables.GetValueOrDefault, faults);
        Assert.That(faults, Is.Empty);
        return options;
    }

    public async Task ControlAsync(string path, object? body = null)
    {
        using var response = await _http.PostAsJsonAsync(new Uri($"{Addresses.Control}/{path}"), body ?? new { });
        Assert.That(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        _http.Dispose();
        _directory.Dispose();
    }
}
