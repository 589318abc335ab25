using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.NodeAgent.Assignments;
using StreamClips.NodeAgent.Host;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// Goes, right after the agent's start, through all that a crash sets off, with a program that fails at once in a directory of its own. What was
/// never run before is compiled first, which takes longer than all the rest: so the first worker that crashes would be away ten times as long as the next.
/// </summary>
public sealed partial class Rehearsal(WorkerContext context, ILogger<Rehearsal> logger) : BackgroundService
{
    /// <summary>Its name below NODE_DIRECTORY.</summary>
    public const string DirectoryName = "rehearsal";

    // A crash, and the start and the crash of the successor.
    private const int Runs = 2;
    private const string FailingProgram = "/bin/false";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _directory = Path.Combine(Path.GetDirectoryName(context.Options.Directory)!, DirectoryName);

    /// <summary>Rehearses.</summary>
    /// <returns>How many runs ended as crashes do.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellation)
    {
        // Without cgroups: the program ends before it could be put into one.
        var options = context.Options with { Directory = _directory, Command = FailingProgram, Cgroups = false };
        using var cgroups = new WorkerCgroups(options, NullLogger<WorkerCgroups>.Instance);
        var apart = context with { Options = options, Launcher = new(options), Cgroups = cgroups, Signals = new(), Random = new(1), Logger = NullLogger<Worker>.Instance };
        var spec = new WorkerSpec { ProcessId = Guid.NewGuid(), StreamerId = Guid.NewGuid(), Streamer = DirectoryName, Url = "https://example.com/" };
        var crashes = 0;
        try
        {
            Remove();
            var worker = Worker.Create(apart, spec);
            for (var run = 0; run < Runs; run++)
            {
                await worker.StartAsync(spec);
                worker.Settle();
                if (worker.Live is { } live) await live.Exited.WaitAsync(Patience, context.Clock, cancellation);
                worker.Observe();
                if (worker.Run.Verdict is { State: WorkerState.BackingOff }) crashes++;
                var plan = ReconcilePlan.Make(new(1, [new(spec, null)]), [worker.Facts(drained: false)], context.Clock.GetUtcNow(), new(options.StopGrace, options.LeastSilence));
                _ = WorkerViews.Of(worker, plan.Steps.Count > 0 ? plan.Steps[0] : null, wanted: true);
            }

            Remove();
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // Whatever it is, only speed is lost: the agent must not end for it.
            LogNotRehearsed(logger, e.Message);
        }

        return crashes;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunOnceAsync(stoppingToken);

    private void Remove()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [LoggerMessage(232, LogLevel.Information, "The answer to a crash could not be rehearsed: {Reason}", EventName = "rehearsal.failed")]
    private static partial void LogNotRehearsed(ILogger logger, string reason);
}
