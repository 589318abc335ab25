using System.Diagnostics;
using System.Text;
using System.Text.Json;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>The simulated live platform, running.</summary>
internal sealed class LiveSiteProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TemporaryDirectory _directory;
    private readonly HttpClient _client = new();

    private LiveSiteProcess(Process process, TemporaryDirectory directory, JsonElement ready)
    {
        (_process, _directory) = (process, directory);
        Url = ready.GetProperty("url").GetString()!;
        Environment = ready.GetProperty("environment").EnumerateObject().ToDictionary(v => v.Name, v => v.Value.GetString()!);
        Irc = ready.GetProperty("chat_irc").GetString()!;
    }

    public string Url { get; }

    /// <summary>The environment that leads workers here.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>The chat over plain TCP.</summary>
    public string Irc { get; }

    public static Task<LiveSiteProcess> StartAsync(string channels, string offline = "") =>
        StartAsync(channels, offline.Length > 0 ? ["--offline", offline] : Array.Empty<string>());

    /// <summary>Starts it with more of its options.</summary>
    public static async Task<LiveSiteProcess> StartAsync(string channels, params string[] options)
    {
        var directory = new TemporaryDirectory();
        List<string> arguments = ["--data", directory.Path, "--port", "0", "--channels", channels, "--chat-rate", "4", .. options];
        var process = Programs.Start(Programs.LiveSite, arguments);
        var ready = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
        return new(process, directory, JsonDocument.Parse(ready).RootElement);
    }

    /// <summary>Makes a moment that the chat answers.</summary>
    /// <returns>When it is.</returns>
    public async Task<DateTimeOffset> SurgeAsync(string channel) =>
        (await PostAsync($"{channel}/surge", "{}")).GetProperty("moment").GetDateTimeOffset();

    public Task GoOfflineAsync(string channel) => PostAsync($"{channel}/offline", "{}");

    public Task GoOnlineAsync(string channel) => PostAsync($"{channel}/online", "{}");

    public Task FaultAsync(string channel, string fault) => PostAsync($"{channel}/faults", fault);

    /// <summary>Sets how a channel behaves, by any path below <c>/control/channels/</c>.</summary>
    public Task<JsonElement> SetAsync(string path, string body) => PostAsync(path, body);

    public async Task ClearFaultsAsync(string channel)
    {
        using var response = await _client.DeleteAsync(new Uri($"{Url}/control/channels/{channel}/faults"));
        response.EnsureSuccessStatusCode();
    }

    /// <summary>How many requests there were for segments of a channel.</summary>
    public async Task<long> SegmentRequestsAsync(string channel)
    {
        using var state = JsonDocument.Parse(await _client.GetStringAsync(new Uri($"{Url}/control")));
        return state.RootElement.GetProperty("channels").GetProperty(channel).GetProperty("requests").GetProperty("segment").GetProperty("requests").GetInt64();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Dispose();
    }

    private async Task<JsonElement> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _client.PostAsync(new Uri($"{Url}/control/channels/{path}"), content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.IsSuccessStatusCode, Is.True, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
