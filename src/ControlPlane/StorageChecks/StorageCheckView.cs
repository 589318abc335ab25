namespace StreamClips.ControlPlane.StorageChecks;

/// <summary>What a check shall do.</summary>
/// <param name="Storage">The storage; empty: all that are configured.</param>
/// <param name="OlderThanH">Files that are younger stay, hours.</param>
/// <param name="RemoveFiles">Files that no clip has are removed where that is safe, and temporary ones.</param>
/// <param name="RemoveClips">Clips whose video is not there are removed.</param>
/// <param name="Force">Also where more than half of all would go.</param>
public sealed record CheckOptions(string Storage, double OlderThanH, bool RemoveFiles, bool RemoveClips, bool Force);

/// <summary>How far a check has come, and what it found.</summary>
public sealed record CheckCounts
{
    /// <summary>Files in the storages.</summary>
    public long Files { get; set; }

    /// <summary>Bytes of them.</summary>
    public long FilesBytes { get; set; }

    /// <summary>Files that rows name.</summary>
    public long Rows { get; set; }

    /// <summary>Files with a clip's name that no row names.</summary>
    public long Orphans { get; set; }

    /// <summary>Bytes of them.</summary>
    public long OrphanBytes { get; set; }

    /// <summary>Temporary files.</summary>
    public long Temporary { get; set; }

    /// <summary>Bytes of them.</summary>
    public long TemporaryBytes { get; set; }

    /// <summary>Files of others.</summary>
    public long Foreign { get; set; }

    /// <summary>Rows whose file is not there.</summary>
    public long Missing { get; set; }

    /// <summary>Rows whose file has another length.</summary>
    public long Damaged { get; set; }

    /// <summary>Files that are being removed, or are gone.</summary>
    public long RemovedFiles { get; set; }

    /// <summary>Clips that are being removed.</summary>
    public long RemovedClips { get; set; }

    /// <summary>Counts what was found.</summary>
    public void Add(StorageFinding found)
    {
        switch (found.Kind)
        {
            case FindingKind.Orphan: (Orphans, OrphanBytes) = (Orphans + 1, OrphanBytes + found.SizeBytes); break;
            case FindingKind.Temporary: (Temporary, TemporaryBytes) = (Temporary + 1, TemporaryBytes + found.SizeBytes); break;
            case FindingKind.Foreign: Foreign++; break;
            case FindingKind.Missing: Missing++; break;
            default: Damaged++; break;
        }
    }
}

/// <summary>A check, as the API shows it.</summary>
public sealed record StorageCheckView
{
    /// <summary>The check.</summary>
    public required Guid Id { get; init; }

    /// <summary>running, ended, or lost: the program that ran it ended, and nothing came of it.</summary>
    public required string State { get; init; }

    /// <summary>The storage; empty: all that are configured.</summary>
    public required string Storage { get; init; }

    /// <summary>Files that are younger stay, hours.</summary>
    public required double OlderThanH { get; init; }

    /// <summary>Whether files are removed.</summary>
    public required bool RemoveFiles { get; init; }

    /// <summary>Whether clips are removed whose video is not there.</summary>
    public required bool RemoveClips { get; init; }

    /// <summary>Who started it.</summary>
    public required string StartedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended; null: it has not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How far it has come.</summary>
    public required CheckCounts Counts { get; init; }

    /// <summary>What went wrong, and what was not removed for that; empty: nothing.</summary>
    public required string Fault { get; init; }

    /// <summary>An example.</summary>
    public static StorageCheckView Example { get; } = new()
    {
        Id = new("0193a1b2-0000-7000-8000-00000000000c"), State = "ended", Storage = "", OlderThanH = 24, RemoveFiles = false, RemoveClips = false, StartedBy = "ada",
        StartedAt = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero), EndedAt = new(2026, 1, 2, 12, 0, 9, TimeSpan.Zero), Fault = "",
        Counts = new() { Files = 12_004, FilesBytes = 540_000_000_000, Rows = 12_000, Orphans = 3, OrphanBytes = 45_090_000, Temporary = 1, TemporaryBytes = 8_000_000 },
    };
}

/// <summary>A file that was found.</summary>
public sealed record StorageFinding
{
    /// <summary>Its number.</summary>
    public long Id { get; init; }

    /// <summary>orphan: a file that no clip has. temporary: what an upload wrote. foreign: a file of others. missing: a clip's file that is not there. damaged: one of another length.</summary>
    public required string Kind { get; init; }

    /// <summary>The storage.</summary>
    public required string Storage { get; init; }

    /// <summary>Where it lies in it.</summary>
    public required string Name { get; init; }

    /// <summary>Its length; of a file that is not there, what the row says.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>When it was last written, by the storage's clock; null: it is not there.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>The clip whose file it is; null: it is no clip's.</summary>
    public Guid? ClipId { get; init; }

    /// <summary>Whether it may be removed.</summary>
    public required bool Goes { get; init; }

    /// <summary>Why, or why not.</summary>
    public required string Reason { get; init; }

    /// <summary>An example.</summary>
    public static StorageFinding Example { get; } = new()
    {
        Id = 1, Kind = FindingKind.Orphan, Storage = "local", Name = "ada/2026-01-02/120020_x3-5_0193a1b2.mp4", SizeBytes = 45_000_000, ChangedAt = new(2026, 1, 2, 12, 2, 0, TimeSpan.Zero), Goes = true,
        Reason = "no clip has it, and every node has had the time to tell of it",
    };
}

/// <summary>What is said to start a check. <see cref="CheckEndpoints"/> reads it.</summary>
public sealed record CheckInput
{
    /// <summary>The storage's name; absent: all that are configured.</summary>
    public string? Storage { get; init; }

    /// <summary>Files that are younger stay, hours, 1 to 100,000; absent: 24.</summary>
    public int? OlderThanH { get; init; }

    /// <summary>True: files that no clip has are removed where that is safe, and temporary ones.</summary>
    public bool? RemoveFiles { get; init; }

    /// <summary>True: clips whose video is not there are removed.</summary>
    public bool? RemoveClips { get; init; }

    /// <summary>True: also where more than half of all would go.</summary>
    public bool? Force { get; init; }

    /// <summary>An example.</summary>
    public static CheckInput Example { get; } = new() { Storage = "local", OlderThanH = 48, RemoveFiles = true };
}

/// <summary>What was given up in a storage that is gone.</summary>
/// <param name="Clips">Clips that were being removed from it.</param>
/// <param name="Files">Their files, and others that were to go.</param>
public sealed record ForgottenFiles(long Clips, long Files);
