using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace StreamClips.Bench.Load;

/// <summary>sim/LiveSite as a process, for its chat alone: its channels send no video.</summary>
internal sealed class SimulatedChat : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client = new();
    private readonly JsonElement _ready;

    private SimulatedChat(Process process, JsonElement ready) => (_process, _ready) = (process, ready);

    /// <summary>What a worker's environment needs to find it.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["TWITCH_CHAT_URL"] = _ready.GetProperty("chat_ws").GetString()! };

    /// <summary>Starts it.</summary>
    /// <param name="channels">How many channels, named as <see cref="Channel"/> says.</param>
    /// <param name="rate">Messages a second in each.</param>
    /// <param name="directory">For its files.</param>
    /// <param name="ct">Ends the wait.</param>
    public static async Task<SimulatedChat> StartAsync(int channels, double rate, string directory, CancellationToken ct)
    {
        var names = string.Join(',', Enumerable.Range(0, channels).Select(Channel));
        var site = Path.Combine(BenchPlace.Root, "sim/LiveSite/bin/Release/net10.0/StreamClips.LiveSite.dll");
        string[] arguments = [site, "--data", Path.Combine(directory, "site"), "--channels", names, "--offline", names, "--chat-rate", FormattableString.Invariant($"{rate}")];
        var process = BenchProcess.Start("dotnet", arguments, readsOutput: true);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        var line = await process.StandardOutput.ReadLineAsync(deadline.Token) ?? throw new InvalidOperationException("the simulated platform ended at its start");
        return new(process, JsonSerializer.Deserialize<JsonElement>(line));
    }

    /// <summary>The name of a channel.</summary>
    public static string Channel(int number) => $"bench{number:000}";

    /// <summary>Makes the chat of a channel surge.</summary>
    public async Task SurgeAsync(int channel, double seconds, CancellationToken ct)
    {
        using var answer = await _client.PostAsJsonAsync($"{_ready.GetProperty("control").GetString()}/channels/{Channel(channel)}/surge", new { multiplier = 10, duration = seconds }, ct);
        answer.EnsureSuccessStatusCode();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _client.Dispose();
    }
}
