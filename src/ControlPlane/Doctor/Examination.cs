using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Enrollment;
using StreamClips.Shared.Trust;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.Doctor;

/// <summary>All checks, side by side, each with a deadline: the whole takes no longer than the slowest.</summary>
public sealed partial class Examination(
    DoctorStore store, Postgres postgres, IEnumerable<IClipTarget> storages, AuthorityService authority, ControlPlaneOptions options, TimeProvider clock, ILogger<Examination> log) : IDisposable
{
    /// <summary>For one check.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    // Each writes to the storage: one at a time is plenty.
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>This control plane's version.</summary>
    public static string Version { get; } = typeof(Examination).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <summary>Looks at everything.</summary>
    /// <returns>The report; null: another is being made, and took its time.</returns>
    public async Task<DoctorReport?> RunAsync(CancellationToken cancellation)
    {
        if (!await _one.WaitAsync(Deadline, cancellation)) return null;
        try
        {
            var all = new List<(string Name, Func<CancellationToken, Task<IReadOnlyList<Finding>>> Look)> { ("database", DatabaseAsync), ("schema", SchemaAsync) };
            all.AddRange(storages.Select((s, i) => ($"storage {s.Name}", (Func<CancellationToken, Task<IReadOnlyList<Finding>>>)(async ended =>
                [await StorageAsync(s, takesNew: i == 0, ended)]))));
            all.AddRange([("disk", DiskAsync), ("certificates", CertificatesAsync), ("nodes", NodesAsync), ("streamers", StreamersAsync)]);
            var found = (await Task.WhenAll(all.Select(check => LookAsync(check.Name, check.Look, cancellation)))).SelectMany(f => f).ToList();
            return new DoctorReport(Verdict.Worst(found.Select(f => f.Status)), Version, clock.GetUtcNow(), found);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    /// <summary>One check, within its deadline, whatever it does.</summary>
    /// <param name="name">What it looks at.</param>
    /// <param name="look">Looks.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IReadOnlyList<Finding>> LookAsync(string name, Func<CancellationToken, Task<IReadOnlyList<Finding>>> look, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Deadline, clock);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            // Off this thread at once: what blocks holds up only itself.
            return await Task.Run(() => look(ends.Token), ends.Token).WaitAsync(ends.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return [Finding.Fail(name, $"no answer within {Deadline.TotalSeconds:0} s", "see that it is reachable, and not overloaded")];
        }
        catch (Exception e) when (DatabaseFault.IsOfDatabase(e))
        {
            return [Finding.Fail(name, $"the database at {postgres.Address} does not answer: {DatabaseFault.Describe(e)}", "see that it runs and is reachable")];
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A check that has a fault itself hides none of the others.
            CheckFailed(name, e);
            return [Finding.Fail(name, "could not be checked", "the control plane's log says why")];
        }
    }

    private async Task<IReadOnlyList<Finding>> DatabaseAsync(CancellationToken cancellation)
    {
        var (asked, started) = (clock.GetUtcNow(), clock.GetTimestamp());
        var facts = await store.DatabaseAsync(cancellation);
        var took = clock.GetElapsedTime(started);
        return [DatabaseRules.Database(postgres.Address, facts, took), DatabaseRules.Clock(asked + (took / 2) - facts.Now)];
    }

    private async Task<IReadOnlyList<Finding>> SchemaAsync(CancellationToken cancellation)
    {
        var applied = await store.StepsAsync(cancellation);
        return [DatabaseRules.Schema(applied.Count, Migrations.BuiltIn.Steps.Count, Migrations.BuiltIn.Refusal(applied))];
    }

    private async Task<Finding> StorageAsync(IClipTarget storage, bool takesNew, CancellationToken cancellation)
    {
        if (StorageCheck.IsAway(storage) && await store.HoldsAsync(storage.Name, cancellation)) return StorageCheck.Away(storage, takesNew);
        return takesNew ? await StorageCheck.WritesAsync(storage, clock, cancellation) : await StorageCheck.AnswersAsync(storage, clock, cancellation);
    }

    private Task<IReadOnlyList<Finding>> DiskAsync(CancellationToken cancellation)
    {
        var disk = new DriveInfo(options.DataDirectory);
        return Task.FromResult<IReadOnlyList<Finding>>([DatabaseRules.Disk(options.DataDirectory, disk.AvailableFreeSpace, disk.TotalSize)]);
    }

    private Task<IReadOnlyList<Finding>> CertificatesAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var found = new List<Finding> { CertificateRules.Authority(CertificateCheck.ValidUntil(authority.Authority.Certificate), now) };
        if (options.Dashboard.CertificateFile is { } file)
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
            found.Add(CertificateRules.Dashboard(CertificateCheck.ValidUntil(certificate), now));
        }

        return Task.FromResult<IReadOnlyList<Finding>>(found);
    }

    private async Task<IReadOnlyList<Finding>> NodesAsync(CancellationToken cancellation) =>
        NodeRules.Of(await store.NodesAsync(cancellation), Version, options.NodeCertificateLife, clock.GetUtcNow());

    private async Task<IReadOnlyList<Finding>> StreamersAsync(CancellationToken cancellation) => [DatabaseRules.Streamers(await store.WaitingAsync(cancellation))];

    [LoggerMessage(1801, LogLevel.Warning, "doctor.failed: {Check}", EventName = "doctor.failed")]
    private partial void CheckFailed(string check, Exception fault);
}
