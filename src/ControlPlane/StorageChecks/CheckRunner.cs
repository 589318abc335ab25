using System.Runtime.CompilerServices;
using System.Threading.Channels;
using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Database;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.StorageChecks;

/// <summary>
/// Runs checks, one at a time, in the program that was asked for one. A check that is cut short leaves only what it had written down; it changes nothing itself: what goes is handed to
/// <see cref="ClipRemover"/> at its end.
/// </summary>
public sealed partial class CheckRunner(CheckStore checks, ClipRemovalStore removals, ClipStorages storages, TimeProvider clock, ILogger<CheckRunner> log) : BackgroundService
{
    /// <summary>Most findings of a check that are kept; what is beyond is counted only, and stays.</summary>
    public const int MostFindings = 10_000;

    // In a place that is shared they must not crowd out the rest.
    private const int MostForeign = 100;
    private const int Batch = 500;
    private const int RemovedAtOnce = 200;
    private const int DeletedAtOnce = 20;

    // Well before the silence after which a check counts as lost.
    private static readonly TimeSpan Tells = TimeSpan.FromSeconds(10);
    private readonly Channel<Job> _jobs = Channel.CreateBounded<Job>(1);

    /// <summary>Begins a check.</summary>
    /// <returns>Null where another one runs.</returns>
    public async Task<Guid?> BeginAsync(CheckOptions options, string by, CancellationToken cancellation)
    {
        if (await checks.BeginAsync(options, by, cancellation) is not { } id) return null;
        // Whose work it is goes with it, for the audit trail.
        await _jobs.Writer.WriteAsync(new(id, options, by, Acting.Current), cancellation);
        return id;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // One whose database is away is told as lost once it has been silent for long enough.
        await foreach (var job in _jobs.Reader.ReadAllAsync(stoppingToken)) await Round.DoAsync(stopping => RunAsync(job, stopping), Waits, Failed, stoppingToken);
    }

    private async Task RunAsync(Job job, CancellationToken cancellation)
    {
        Acting.As(job.Actor);
        var (counts, faults) = (new CheckCounts(), new List<string>());
        foreach (var name in job.Options.Storage.Length > 0 ? [job.Options.Storage] : storages.Names)
        {
            try
            {
                var found = await LookAsync(job, name, counts, cancellation);
                faults.AddRange(await RemoveAsync(job, name, found, counts, cancellation));
            }
            catch (IOException e)
            {
                faults.Add($"storage '{name}': {e.Message}");
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested && !DatabaseFault.IsUnavailable(e))
            {
                faults.Add($"storage '{name}': the check failed, and the control plane's log says why");
                Failed(e);
            }
        }

        await checks.EndAsync(job.Id, counts, string.Join("; ", faults), cancellation);
        Ended(counts.Files, counts.Orphans, counts.Missing, counts.RemovedFiles, counts.RemovedClips);
    }

    private async Task<Found> LookAsync(Job job, string name, CheckCounts counts, CancellationToken cancellation)
    {
        var (storage, nodes, found, unnamed) = (storages.Of(name), await checks.NodesAsync(cancellation), new Found { Began = clock.GetUtcNow(), Installation = await checks.InstallationAsync(cancellation) }, new List<StoredObject>());
        var told = clock.GetTimestamp();
        await foreach (var (file, row) in Comparison.OfAsync(storage.ListAsync(cancellation), RowsAsync(name, cancellation), cancellation))
        {
            if (file is not null && row is null && OwnerMark.TryRead(file.Name) is { } mark)
            {
                if (mark.Installation != found.Installation) found.Other = mark;
                continue;
            }

            if (file is not null) (counts.Files, counts.FilesBytes) = (counts.Files + 1, counts.FilesBytes + file.SizeBytes);
            if (file is not null && row is not null) found.Ours++;
            if (row is not null) (counts.Rows, found.Rows) = (counts.Rows + 1, found.Rows + 1);
            if (file is null) await LookForAsync(storage, name, row!, found, cancellation);
            else if (row is null) unnamed.Add(file);
            else if (file.SizeBytes != row.SizeBytes) found.Add(Of(row, name, FindingKind.Damaged, goes: false, $"it has {file.SizeBytes} bytes, its row says {row.SizeBytes}") with { ChangedAt = file.ChangedAt });
            if (unnamed.Count < Batch && found.Fresh.Count < Batch && clock.GetElapsedTime(told) < Tells) continue;
            await WriteAsync(job, name, unnamed, nodes, found, counts, cancellation);
            told = clock.GetTimestamp();
        }

        await WriteAsync(job, name, unnamed, nodes, found, counts, cancellation);
        return found;
    }

    /// <summary>A row without a file in the list: is the file gone, and the row still there?</summary>
    private async Task LookForAsync(IClipReader storage, string name, RowFile row, Found found, CancellationToken cancellation)
    {
        if (StorageKey.TryParse(row.Key, out var key))
        {
            await using var stream = await storage.OpenReadAsync(key, cancellation);
            if (stream is not null || !await checks.HasAsync(row.Clip, name, row.Key, cancellation)) return;
        }

        var isVideo = row.Kind == "video";
        found.Missing++;
        found.Add(Of(row, name, FindingKind.Missing, isVideo, isVideo ? "the clip's video is not in the storage" : $"the clip's {row.Kind} is not in the storage; its video is looked for by itself"));
    }

    /// <summary>Decides on the files that no row had a moment ago, and writes down what was found so far.</summary>
    private async Task WriteAsync(Job job, string name, List<StoredObject> unnamed, IReadOnlyList<NodeHeard> nodes, Found found, CheckCounts counts, CancellationToken cancellation)
    {
        var named = (await checks.NamedAsync([.. unnamed.Where(f => f.Key is not null).SelectMany(f => Endings(f.Name)).Distinct()], cancellation)).ToLookup(p => p.Key, p => p.Storage);
        foreach (var file in unnamed)
        {
            if (named[file.Name].Contains(name)) continue;
            var namesake = Endings(file.Name).SelectMany(e => named[e]).FirstOrDefault();
            var verdict = FileRule.Decide(file, namesake, TimeSpan.FromHours(job.Options.OlderThanH), nodes, found.Began);
            if (verdict.Kind == FindingKind.Orphan) (found.Ours, found.Going) = (found.Ours + 1, found.Going + (verdict.Goes ? 1 : 0));
            if (verdict.Kind == FindingKind.Foreign && found.Foreign++ >= MostForeign)
            {
                counts.Foreign++;
                continue;
            }

            found.Add(new() { Kind = verdict.Kind, Storage = name, Name = file.Name, SizeBytes = file.SizeBytes, ChangedAt = file.ChangedAt, Goes = verdict.Goes, Reason = verdict.Reason });
            if (verdict.Goes && verdict.Kind == FindingKind.Temporary && found.Temporary.Count < MostFindings) found.Temporary.Add(file);
        }

        unnamed.Clear();
        foreach (var one in found.Fresh) counts.Add(one);
        await checks.AddAsync(job.Id, [.. found.Fresh.Take(MostFindings - found.Written)], cancellation);
        found.Write(MostFindings);
        await TellAsync(job, counts, cancellation);
    }

    private async Task TellAsync(Job job, CheckCounts counts, CancellationToken cancellation)
    {
        if (!await checks.ProgressAsync(job.Id, counts, cancellation)) throw new IOException("the check was given up: it had said nothing for too long");
    }

    /// <summary>Lets go what goes.</summary>
    /// <returns>What was not done, and why.</returns>
    private async Task<IReadOnlyList<string>> RemoveAsync(Job job, string name, Found found, CheckCounts counts, CancellationToken cancellation)
    {
        var (orphans, clips, faults) = (found.Orphans, found.Clips, new List<string>());
        if (job.Options.RemoveFiles)
        {
            if (!job.Options.Force && found.Other is { } other) faults.Add($"storage '{name}': another installation keeps its clips there too, by its mark {other.Key.Value}, so no file went: give each a place of its own. Where that one is gone for good: remove its mark, or force");
            else if (!job.Options.Force && FileRule.IsTooMuch(found.Going, found.Ours)) faults.Add($"storage '{name}': {found.Going} of {found.Ours} files would go, so none went: is the database an older copy? If all is right: force");
            else foreach (var some in orphans.Chunk(RemovedAtOnce)) counts.RemovedFiles += await checks.RemoveAsync(name, some, cancellation);
            foreach (var some in found.Temporary.Chunk(DeletedAtOnce))
            {
                foreach (var file in some)
                {
                    await storages.Of(name).DeleteTemporaryAsync(file, cancellation);
                    counts.RemovedFiles++;
                }

                await TellAsync(job, counts, cancellation);
            }
        }

        if (!job.Options.RemoveClips) return faults;
        // Of few clips too: where not one file of ours is left, it is the storage that is not there.
        if (!job.Options.Force && (FileRule.IsTooMuch(found.Missing, found.Rows) || (found.Missing > 0 && found.Ours == 0)))
        {
            faults.Add($"storage '{name}': {found.Missing} of {found.Rows} files of clips are not there, so no clip was removed: is the storage mounted, and the right one? If all is right: force");
            return faults;
        }

        foreach (var some in clips.Chunk(RemovedAtOnce))
            counts.RemovedClips += (await removals.MarkAsync([.. some.Select(c => new RemovalMark(c, RemovalKind.Deleted, $"its video was not in storage '{name}' when {job.By} had it checked", job.By))], cancellation)).Count;
        return faults;
    }

    private async IAsyncEnumerable<RowFile> RowsAsync(string storage, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var after = ""; await checks.RowsAsync(storage, after, Batch, cancellation) is { Count: > 0 } rows; after = rows[^1].Key)
            foreach (var row in rows) yield return row;
    }

    /// <summary>A name, and what is left of it without its first folders: what a storage below this one would call the file.</summary>
    private static IEnumerable<string> Endings(string name)
    {
        for (var at = 0; ; at = name.IndexOf('/', at) + 1)
        {
            yield return name[at..];
            if (name.IndexOf('/', at) < 0) yield break;
        }
    }

    private static StorageFinding Of(RowFile row, string storage, string kind, bool goes, string reason) =>
        new() { Kind = kind, Storage = storage, Name = row.Key, SizeBytes = row.SizeBytes, ClipId = row.Clip, Goes = goes, Reason = reason };

    [LoggerMessage(2121, LogLevel.Information, "storage.checked: {Files} files, {Orphans} that no clip has, {Missing} that are not there; {RemovedFiles} files and {RemovedClips} clips are removed")]
    private partial void Ended(long files, long orphans, long missing, long removedFiles, long removedClips);

    [LoggerMessage(2122, LogLevel.Warning, "storage.check_ended: a check of the storage was cut short: {Reason}")]
    private partial void Waits(string reason);

    [LoggerMessage(2123, LogLevel.Error, "storage.check_failed: a check of the storage failed")]
    private partial void Failed(Exception exception);

    private sealed record Job(Guid Id, CheckOptions Options, string By, Actor? Actor);

    /// <summary>What was found in one storage.</summary>
    private sealed class Found
    {
        /// <summary>By when files are judged: a node that came after the nodes were read has written nothing that was old then.</summary>
        public required DateTimeOffset Began { get; init; }

        /// <summary>Whose control plane this is.</summary>
        public required Guid Installation { get; init; }

        /// <summary>The mark of another one's; null: there is none.</summary>
        public OwnerMark? Other { get; set; }

        /// <summary>Files with a clip's name.</summary>
        public long Ours { get; set; }

        /// <summary>Those of them that may go, also what is beyond <see cref="MostFindings"/>: else of many files too few would seem to go.</summary>
        public long Going { get; set; }

        public long Rows { get; set; }

        public long Missing { get; set; }

        public int Foreign { get; set; }

        public int Written { get; private set; }

        public List<StorageFinding> Fresh { get; } = [];

        public List<StoredObject> Temporary { get; } = [];

        public List<string> Orphans { get; } = [];

        public List<Guid> Clips { get; } = [];

        public void Add(StorageFinding found) => Fresh.Add(found);

        /// <summary>What goes is only what is told: the rest at the next check.</summary>
        public void Write(int most)
        {
            foreach (var found in Fresh.Take(most - Written))
            {
                if (found is { Goes: true, Kind: FindingKind.Orphan }) Orphans.Add(found.Name);
                else if (found is { Goes: true, Kind: FindingKind.Missing, ClipId: { } clip }) Clips.Add(clip);
            }

            Written = Math.Min(most, Written + Fresh.Count);
            Fresh.Clear();
        }
    }
}
