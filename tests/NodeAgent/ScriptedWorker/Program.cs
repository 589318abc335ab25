using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using StreamClips.ScriptedWorker;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

// A clip worker that watches no stream: it does what the script in its spec's URL says, through the real journal and
// sidecars. Started as the real one: `run DIRECTORY`.
var clock = TimeProvider.System;
var directory = new WorkerDirectory(args[1]);
var spec = WorkerSpec.FromJson(await File.ReadAllTextAsync(directory.Spec));
var script = Script.Parse(spec.Url);
using var journal = new JournalWriter(directory);
using var stop = new CancellationTokenSource();
using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    if (!script.IgnoreSigterm) stop.Cancel();
});

// Whoever looks for a second worker of one run counts these.
await File.AppendAllTextAsync(Path.Combine(directory.Path, "starts.log"), $"{Environment.ProcessId}\n");
await File.WriteAllTextAsync(
    Path.Combine(directory.Path, "environment.log"), string.Join('\n', Environment.GetEnvironmentVariables().Keys.Cast<string>()));
if (script.LeaveChild) Process.Start(new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "trap '' TERM; while :; do sleep 1; done" } });
for (var written = 0; written < script.FloodOutput; written += 100) Console.WriteLine(new string('o', 99));

var line = 0;
var clips = 0;
if (!script.Hang) Status(WorkerPhase.Watching, "");
for (var i = 0; i < script.FloodLogs; i++) Log();
for (var i = 0; i < script.Clips; i++) await ClipAsync();

await Task.WhenAll(
    EveryAsync(script.LogEvery, () => { Log(); return Task.CompletedTask; }),
    EveryAsync(script.ClipEvery, ClipAsync),
    EveryAsync(script.Hang ? null : 500, () => { Status(WorkerPhase.Watching, ""); return Task.CompletedTask; }),
    RunAsync());

if (stop.IsCancellationRequested && script.RunFor is null)
{
    Status(WorkerPhase.Ended, "stopped");
    return 0;
}

if (script.Phase.Length > 0) Status(script.Phase, script.Reason);
return script.ExitCode;

async Task RunAsync()
{
    await Task.Delay(script.RunFor is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : Timeout.InfiniteTimeSpan, clock, stop.Token)
        .ContinueWith(_ => { }, TaskScheduler.Default);
    await stop.CancelAsync();
}

async Task EveryAsync(int? milliseconds, Func<Task> act)
{
    if (milliseconds is not { } interval) return;
    using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(interval), clock);
    try
    {
        while (await timer.WaitForNextTickAsync(stop.Token)) await act();
    }
    catch (OperationCanceledException)
    {
        // The run is over.
    }
}

void Log() => journal.Append(new LogEntry { At = clock.GetUtcNow(), Level = "info", Event = "script.line", Message = $"{Environment.ProcessId} {++line}" });

void Status(string phase, string reason) => journal.Append(new StatusEntry { At = clock.GetUtcNow(), Phase = phase, Reason = reason, Clips = clips });

async Task ClipAsync()
{
    var (id, now) = (Guid.NewGuid(), clock.GetUtcNow());
    var name = $"{now:yyyyMMdd'T'HHmmssfff}-{id.ToString("N")[..8]}";
    Directory.CreateDirectory(directory.Clips);
    var files = new List<ClipFile>();
    foreach (var (kind, extension) in ((string, string)[])[("video", "mp4"), ("poster", "jpg")])
    {
        var bytes = RandomNumberGenerator.GetBytes(50_000);
        await File.WriteAllBytesAsync(Path.Combine(directory.Clips, $"{name}.{extension}"), bytes);
        files.Add(new(kind, $"{name}.{extension}", bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))));
    }

    var sidecar = new ClipSidecar
    {
        ClipId = id,
        ProcessId = spec.ProcessId,
        StreamerId = spec.StreamerId,
        Streamer = spec.Streamer,
        Url = spec.Url,
        Epoch = spec.Epoch,
        Start = now,
        End = now,
        Moment = now,
        Peak = now,
        TriggeredAt = now,
        WantedStart = now,
        WantedEnd = now,
        DurationS = 1,
        TimeSource = "arrival",
        Score = 2,
        Reason = "scripted",
        Detector = "script",
        Settings = spec.Settings,
        Files = files,
    };
    var target = Path.Combine(directory.Clips, name + ".json");
    await File.WriteAllTextAsync(target + ".part", sidecar.ToJson());
    File.Move(target + ".part", target);
    clips++;
    journal.Append(new ClipEntry { At = now, ClipId = id, Name = name, DurationS = 1, Score = 2 });
}
