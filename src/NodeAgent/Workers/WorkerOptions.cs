using StreamClips.NodeAgent.Shipping;

namespace StreamClips.NodeAgent.Workers;

/// <summary>How workers are run.</summary>
public sealed record WorkerOptions
{
    private const string RenditionLock = "WORKER_RENDITION_LOCK";
    private const string ChatJoins = "WORKER_CHAT_JOINS";
    private const string PauseFile = "WORKER_PAUSE_FILE";
    // The control plane's, where both run on one machine.
    private const string ApplicationStart = "TWITCH_CLIENT_";
    private static readonly string[] AllowedStarts = ["LC_", "DOTNET_", "TWITCH_", "KICK_", "YOUTUBE_", "SSL_CERT_"];

    /// <summary>Where workers live, a directory each: NODE_DIRECTORY/workers.</summary>
    public required string Directory { get; init; }

    /// <summary>The worker's program, an executable or a dll: CLIP_WORKER.</summary>
    public required string Command { get; init; }

    /// <summary>All that a worker finds in its environment.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>From SIGTERM to SIGKILL.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The same when the agent itself is ending with its workers.</summary>
    public TimeSpan ExitGrace { get; init; } = TimeSpan.FromSeconds(3.5);

    /// <summary>All the time that an agent takes which ends with its workers. The command kills an agent after 5.5 s.</summary>
    public TimeSpan ExitTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What of it may serve to ship the last clips and lines once the workers are gone; the rest is shipped by the next agent.</summary>
    public TimeSpan ExitShipping { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Size at which a worker's output.log is cut back to nothing, in bytes.</summary>
    public long OutputBytes { get; init; } = 1 << 20;

    /// <summary>A worker that has said nothing for less than this does not hang.</summary>
    public TimeSpan LeastSilence { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>What a worker may use.</summary>
    public WorkerLimits Limits { get; init; } = new(2048, null, 2048);

    /// <summary>How many log lines of a worker are sent: WORKER_LOG_LINES_PER_S, and of a burst twenty times as many.</summary>
    public LogRate LogRate { get; init; } = new(500, 10_000);

    /// <summary>Whether workers get cgroups of their own where they can be had: WORKER_CGROUPS.</summary>
    public bool Cgroups { get; init; } = true;

    /// <summary>When a crashed worker is started again.</summary>
    public RestartPolicy Restarts { get; init; } = new();

    /// <summary>
    /// The part of the agent's environment that a worker may see: where programs, homes and the platforms are, and
    /// the worker's own variables. No proxy: workers use none. Never the node's token, nor whatever else the host's operator has set.
    /// </summary>
    /// <param name="environment">The agent's environment.</param>
    /// <param name="renditionLock">The file whose lock lets one worker of the node at a time make a rendition.</param>
    /// <param name="chatJoins">The file in which the workers of the node count how many chats they join.</param>
    /// <param name="pauseFile">The file of <see cref="RecordingGate"/>.</param>
    public static IReadOnlyDictionary<string, string> Allowed(IReadOnlyDictionary<string, string> environment, string renditionLock, string chatJoins, string pauseFile) =>
        environment
            .Where(v => v.Key is "PATH" or "HOME" or "LANG" or "TMPDIR" or "TZ" or "WORKER_POLL_INTERVAL_MS" or "RECORD_CHAT" or "RING_DIRECTORY"
                || Array.Exists(AllowedStarts, start => v.Key.StartsWith(start, StringComparison.Ordinal)))
            .Where(v => !v.Key.StartsWith(ApplicationStart, StringComparison.Ordinal))
            .Append(new(RenditionLock, renditionLock))
            .Append(new(ChatJoins, chatJoins))
            .Append(new(PauseFile, pauseFile))
            .ToDictionary(v => v.Key, v => v.Value);
}
