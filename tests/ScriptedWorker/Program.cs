using System.Diagnostics;
using System.Runtime.InteropServices;
using StreamClips.ScriptedWorker;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

// A clip worker that watches no stream: it does what its script says, through the real journal and sidecars. Started as the
// real one, `run DIRECTORY`, by hand also with options behind it.
var clock = TimeProvider.System;
var directory = new WorkerDirectory(args[1]);
var spec = WorkerSpec.FromJson(File.ReadAllText(directory.Spec));
var script = Script.Parse(spec.Url, args[2..]);
using var journal = new JournalWriter(directory);
using var stop = new CancellationTokenSource();
using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    if (!script.IgnoreSigterm) stop.Cancel();
});

// Whoever looks for a second worker of one run counts these.
File.AppendAllText(Path.Combine(directory.Path, "starts.log"), $"{Environment.ProcessId}\n");
File.WriteAllText(
    Path.Combine(directory.Path, "environment.log"), string.Join('\n', Environment.GetEnvironmentVariables().Keys.Cast<string>()));
if (script.LeaveChild) Process.Start(new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "trap '' TERM; while :; do sleep 1; done" } });
for (var written = 0; written < script.FloodOutput; written += 100) Console.WriteLine(new string('o', 99));

var begun = clock.GetTimestamp();
var books = script.Books.Length > 0 ? Directory.CreateDirectory(Path.Combine(script.Books, spec.ProcessId.ToString())).FullName : directory.Path;
using var lines = script.Books.Length > 0 ? new StreamWriter(Path.Combine(books, "lines.log"), append: true) { AutoFlush = true } : StreamWriter.Null;
var maker = new ClipMaker(directory, spec, books, script.ClipBytes, clock);
var line = 0;
var clips = 0;
var notClipped = 0;
var pause = Environment.GetEnvironmentVariable("WORKER_PAUSE_FILE");
Status(WorkerPhase.Watching, "");
var eaten = new List<byte[]>();
for (var i = 0; i < script.EatMemory; i++)
{
    eaten.Add(GC.AllocateUninitializedArray<byte>(1 << 20));
    eaten[^1].AsSpan().Fill(1);
}

for (var i = 0; i < script.FloodLogs; i++) Log();
for (var i = 0; i < script.Clips; i++) await ClipAsync();

// Also the one that is under way: a clip reaches back.
var over = script.Moments is { } ms ? clock.GetUtcNow().ToUnixTimeMilliseconds() / ms : 0;

await Task.WhenAll(
    EveryAsync(script.LogEvery, () => { Log(); return Task.CompletedTask; }),
    EveryAsync(script.ClipEvery, () => ClipAsync()),
    EveryAsync(script.Moments is null ? null : 100, MomentsAsync),
    EveryAsync(script.StatusEvery, () => { Status(WorkerPhase.Watching, ""); return Task.CompletedTask; }),
    RunAsync());
GC.KeepAlive(eaten);

if (stop.IsCancellationRequested && script.RunFor is null)
{
    Status(WorkerPhase.Ended, EndReason.Stopped);
    return 0;
}

if (script.Phase.Length > 0) Status(script.Phase, script.Reason);
if (script.Crash) Process.GetCurrentProcess().Kill();
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

void Log()
{
    var message = $"{Environment.ProcessId} {++line}";
    journal.Append(new LogEntry { At = clock.GetUtcNow(), Level = "info", Event = "script.line", Message = message });
    lines.WriteLine(message);
}

void Status(string phase, string reason)
{
    if (script.Hang || (script.HangAfter is { } after && clock.GetElapsedTime(begun).TotalMilliseconds > after)) return;
    journal.Append(new StatusEntry { At = clock.GetUtcNow(), Phase = phase, Reason = reason, Clips = clips, NotClipped = notClipped, SettingsVersion = WorkerSpec.FromJson(File.ReadAllText(directory.Spec)).SettingsVersion });
}

async Task MomentsAsync()
{
    for (var length = script.Moments ?? 1; over < clock.GetUtcNow().ToUnixTimeMilliseconds() / length; over++)
        await ClipAsync((DateTimeOffset.FromUnixTimeMilliseconds(over * length), DateTimeOffset.FromUnixTimeMilliseconds((over + 1) * length)));
}

async Task ClipAsync((DateTimeOffset Start, DateTimeOffset End)? moment = null)
{
    if (pause is not null && File.Exists(pause))
    {
        notClipped++;
        return;
    }

    ClipSidecar clip;
    try
    {
        clip = await maker.MakeAsync(moment);
    }
    catch (IOException)
    {
        // The disk is full, which ends no worker.
        notClipped++;
        return;
    }

    clips++;
    journal.Append(new ClipEntry { At = clip.Start, ClipId = clip.ClipId, Name = Path.GetFileNameWithoutExtension(clip.Files[0].Name), DurationS = clip.DurationS, Score = clip.Score });
}
