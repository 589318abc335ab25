using StreamClips.Bench.Load;
using StreamClips.Shared.Settings;

namespace StreamClips.Bench.Worker;

/// <summary>Lets some programs run on the same stream, and says what one of them uses in a minute.</summary>
internal sealed class Measurement(BenchContext context, LiveOrigin origin, SimulatedChat chat, TimeSpan warm, TimeSpan measured)
{
    private const double MB = 1_000_000;
    private const double SurgeSeconds = 8;

    /// <summary>Measures clip workers.</summary>
    /// <param name="name">Goes before the figures' names.</param>
    /// <param name="count">How many at once.</param>
    /// <param name="settings">Their settings.</param>
    /// <param name="surgeEvery">How often one of their chats surges; null: never.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<IReadOnlyList<BenchFigure>> WorkersAsync(string name, int count, ClipSettings settings, TimeSpan? surgeEvery, CancellationToken ct)
    {
        await context.Progress.WriteLineAsync($"{name}: {count} workers…");
        await using var fleet = new WorkerFleet(origin, chat, Path.Combine(context.Directory, name));
        await fleet.StartAsync(count, settings, ct);
        using var surges = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var surging = surgeEvery is { } every ? SurgeAsync(count, every, surges.Token) : Task.CompletedTask;
        try
        {
            return await FiguresAsync(name + "_", count, fleet.Usage, fleet.Clients, ct);
        }
        finally
        {
            await surges.CancelAsync();
            await surging.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Measures another recorder.</summary>
    public async Task<BenchPeer> PeerAsync(Recorder recorder, int count, CancellationToken ct)
    {
        if (recorder.Missing is { } missing) return BenchPeer.Missing(recorder.Name, $"{missing} is not installed");
        await context.Progress.WriteLineAsync($"{recorder.Name}: {count} processes…");
        var folder = Directory.CreateDirectory(Path.Combine(context.Directory, recorder.Name)).FullName;
        try
        {
            await using var fleet = new Fleet();
            var clients = Enumerable.Range(0, count).Select(i => $"{recorder.Name}-{i:000}").ToList();
            foreach (var client in clients)
            {
                var place = Directory.CreateDirectory(Path.Combine(folder, client)).FullName;
                fleet.Start(recorder.Command(origin.AddressOf(client), place), new Dictionary<string, string>());
                await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, ct);
            }

            // A recorder's figures bear the name of ours that does the same: it records all.
            return new(recorder.Name, await FiguresAsync("eager_", count, fleet.Usage, clients, ct));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<IReadOnlyList<BenchFigure>> FiguresAsync(string prefix, int count, Func<Usage> usage, IEnumerable<string> clients, CancellationToken ct)
    {
        await Task.Delay(warm, TimeProvider.System, ct);
        var (before, sent, began) = (usage(), origin.BytesTo(clients), TimeProvider.System.GetTimestamp());
        await Task.Delay(measured, TimeProvider.System, ct);
        var after = usage();
        var streamMinutes = count * TimeProvider.System.GetElapsedTime(began).TotalMinutes;
        return
        [
            new(prefix + "cpu_s_per_stream_minute", (after.CpuSeconds - before.CpuSeconds) / streamMinutes, "CPU-s/min"),
            new(prefix + "pss_mib", after.PssMiB / count, "MiB"),
            new(prefix + "mb_per_stream_minute", (origin.BytesTo(clients) - sent) / MB / streamMinutes, "MB/min"),
        ];
    }

    private async Task SurgeAsync(int count, TimeSpan every, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(every, TimeProvider.System);
        for (var next = 0; await timer.WaitForNextTickAsync(ct); next = (next + 7) % count) await chat.SurgeAsync(next, SurgeSeconds, ct);
    }
}
