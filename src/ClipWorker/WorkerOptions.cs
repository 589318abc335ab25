using System.Globalization;
using StreamClips.ClipWorker.Platforms;

namespace StreamClips.ClipWorker;

/// <summary>What a worker takes from its environment.</summary>
internal sealed record WorkerOptions
{
    /// <summary>Where the platforms are.</summary>
    public required EndpointBook Endpoints { get; init; }

    /// <summary>How often an offline channel is looked at (WORKER_POLL_INTERVAL_MS, 100 to 600,000), each wait differing by up to a fifth; null: as its platform wants it.</summary>
    public required TimeSpan? PollInterval { get; init; }

    /// <summary>The file in which the workers of a node count their JOINs (WORKER_CHAT_JOINS); null: this worker is alone.</summary>
    public string? ChatJoins { get; init; }

    /// <summary>Whether the chat is written to chat.ndjson in the worker's directory (RECORD_CHAT, true or false).</summary>
    public bool RecordChat { get; init; }

    /// <summary>The file whose lock lets one worker of a node at a time make a rendition (WORKER_RENDITION_LOCK); null: the worker's own.</summary>
    public string? RenditionLock { get; init; }

    /// <summary>Where workers put their segments, each into a directory of its own (RING_DIRECTORY), as a tmpfs; null: beside their clips.</summary>
    public string? RingDirectory { get; init; }

    /// <summary>While this file is there no new clips are made; it says why (WORKER_PAUSE_FILE). Null: they always are.</summary>
    public string? PauseFile { get; init; }

    /// <summary>Reads the environment.</summary>
    /// <param name="variable">Gives a variable's value, or null.</param>
    /// <param name="faults">Where what is wrong is put, with the name of the variable.</param>
    public static WorkerOptions Read(Func<string, string?> variable, ICollection<string> faults)
    {
        var milliseconds = 0;
        var poll = variable("WORKER_POLL_INTERVAL_MS") is { Length: > 0 } given ? given : null;
        if (poll is not null && (!int.TryParse(poll, NumberStyles.None, CultureInfo.InvariantCulture, out milliseconds) || milliseconds is < 100 or > 600_000))
            faults.Add($"WORKER_POLL_INTERVAL_MS is '{poll}': give 100 to 600000 milliseconds");
        var record = variable("RECORD_CHAT") is { Length: > 0 } wish ? wish : "false";
        if (record is not ("true" or "false")) faults.Add($"RECORD_CHAT is '{record}': give true or false");
        var ring = variable("RING_DIRECTORY") is { Length: > 0 } directory ? directory : null;
        if (ring is not null && !Path.IsPathFullyQualified(ring)) faults.Add($"RING_DIRECTORY is '{ring}': give an absolute path");
        return new()
        {
            Endpoints = EndpointBook.Read(PlatformChoice.Platforms.SelectMany(p => p.Endpoints), variable, faults),
            PollInterval = poll is null ? null : TimeSpan.FromMilliseconds(milliseconds),
            ChatJoins = variable("WORKER_CHAT_JOINS") is { Length: > 0 } joins ? joins : null,
            PauseFile = variable("WORKER_PAUSE_FILE") is { Length: > 0 } pause ? pause : null,
            RecordChat = record == "true",
            RenditionLock = variable("WORKER_RENDITION_LOCK") is { Length: > 0 } held ? held : null,
            RingDirectory = ring,
        };
    }
}
