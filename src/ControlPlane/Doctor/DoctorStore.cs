using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Doctor;

/// <summary>What the database says of itself.</summary>
public sealed record DatabaseFacts
{
    /// <summary>Its version as a number: 150004 is 15.4.</summary>
    public required int VersionNumber { get; init; }

    /// <summary>Its version in words.</summary>
    public required string Version { get; init; }

    /// <summary>How large the database is, in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Its clock.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Whether it only reads, as a standby does.</summary>
    public required bool ReadOnly { get; init; }
}

/// <summary>What is known of a node that may need care.</summary>
public sealed record NodeFacts
{
    /// <summary>Its name.</summary>
    public required string Id { get; init; }

    /// <summary>ready, lost, revoked or retired.</summary>
    public required string State { get; init; }

    /// <summary>Its agent's version.</summary>
    public required string AgentVersion { get; init; }

    /// <summary>Disk in bytes; 0: not told yet.</summary>
    public required long DiskTotalBytes { get; init; }

    /// <summary>Free disk in bytes.</summary>
    public required long DiskFreeBytes { get; init; }

    /// <summary>How far its clock is ahead; null: not told yet.</summary>
    public double? ClockOffsetS { get; init; }

    /// <summary>Why its storage takes no clips; empty: it does.</summary>
    public required string ShippingFault { get; init; }

    /// <summary>Why it makes no new clips; empty: it does.</summary>
    public required string RecordingPaused { get; init; }

    /// <summary>Clips that are not in storage yet.</summary>
    public required int UnshippedClips { get; init; }

    /// <summary>When the oldest of them was finished.</summary>
    public DateTimeOffset? OldestUnshippedAt { get; init; }

    /// <summary>When its certificate ends; null: it has none that is good.</summary>
    public DateTimeOffset? CertificateExpiresAt { get; init; }
}

/// <summary>How many streamers wait for a node.</summary>
public sealed record WaitingFacts
{
    /// <summary>Those that shall be watched.</summary>
    public required long Active { get; init; }

    /// <summary>Those of them that run nowhere.</summary>
    public required long Waiting { get; init; }

    /// <summary>Why one of them does; empty: none does.</summary>
    public required string Why { get; init; }
}

/// <summary>Facts for the checks.</summary>
public sealed class DoctorStore(Postgres postgres)
{
    private const int MostNodes = 5000;

    /// <summary>What the database says of itself.</summary>
    public async Task<DatabaseFacts> DatabaseAsync(CancellationToken cancellation) => (await postgres.FirstAsync<DatabaseFacts>(
        """
        select current_setting('server_version_num')::integer as version_number, current_setting('server_version') as version,
            pg_database_size(current_database()) as size_bytes, clock_timestamp() as now,
            (pg_is_in_recovery() or current_setting('transaction_read_only')::boolean) as read_only
        """, null, cancellation))!;

    /// <summary>The steps that the schema has been through.</summary>
    public Task<IReadOnlyList<AppliedMigration>> StepsAsync(CancellationToken cancellation) =>
        postgres.ListAsync<AppliedMigration>("select version, name, checksum from schema_migration order by version", null, cancellation);

    /// <summary>The nodes that are in service.</summary>
    public Task<IReadOnlyList<NodeFacts>> NodesAsync(CancellationToken cancellation) => postgres.ListAsync<NodeFacts>(
        """
        select n.id, n.state, n.agent_version, n.disk_total_bytes, n.disk_free_bytes, n.clock_offset_s, n.shipping_fault, n.recording_paused, n.unshipped_clips, n.oldest_unshipped_at,
            (select max(c.expires_at) from node_certificate c where c.node_id = n.id and c.revoked_at is null) as certificate_expires_at
        from node n
        where n.state in ('ready', 'lost')
        order by n.id
        limit @MostNodes
        """, new { MostNodes }, cancellation);

    /// <summary>Whether clips are in a storage, as far as is known.</summary>
    public Task<bool> HoldsAsync(string storage, CancellationToken cancellation) =>
        postgres.FirstAsync<bool>("select exists (select 1 from clip_file where storage = @storage)", new { storage }, cancellation);

    /// <summary>How many streamers wait.</summary>
    public async Task<WaitingFacts> WaitingAsync(CancellationToken cancellation) => (await postgres.FirstAsync<WaitingFacts>(
        """
        select count(*) as active, count(*) filter (where s.waiting <> '') as waiting, coalesce(max(s.waiting) filter (where s.waiting <> ''), '') as why
        from streamer s where s.active
        """, null, cancellation))!;
}
