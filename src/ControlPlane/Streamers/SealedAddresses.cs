using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Secrets;

namespace StreamClips.ControlPlane.Streamers;

/// <summary>Makes sure, before the first connection, that the sealed addresses of streams can be opened, and seals anew what the secret before sealed.</summary>
public sealed partial class SealedAddresses(Postgres postgres, AddressSeal seal, ControlPlaneOptions options, ILogger<SealedAddresses> log) : IHostedService
{
    /// <inheritdoc/>
    /// <exception cref="StartupException">Neither secret opens the address of a streamer.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var old = SecretKey.OldOf(options) is { } before ? new AddressSeal(before) : null;
        var rows = await postgres.ListAsync<Row>(
            """
            select s.name, b.box from (
                select id, sealed_url as box from streamer where sealed_url is not null
                union select streamer_id, sealed_url from process where sealed_url is not null) b
            join streamer s on s.id = b.id
            """, null, cancellationToken);
        var (resealed, lost) = (0, new List<string>());
        foreach (var row in rows.Where(r => seal.Open(r.Box) is null))
        {
            if (old?.Open(row.Box) is not { } address) lost.Add($"'{row.Name}'");
            else if (await ReplaceAsync(row.Box, seal.Seal(address), cancellationToken)) resealed++;
        }

        if (resealed > 0) Resealed(resealed);
        if (lost.Count > 0) throw new StartupException(
            $"SECRET_KEY is not the one that the RTMP address of {string.Join(", ", lost.Distinct(StringComparer.Ordinal).Take(5))}{(lost.Count > 5 ? ", …" : "")} was sealed with: "
            + "give that one, or beside the new one as SECRET_KEY_OLD. If it is lost: `delete from streamer where sealed_url is not null` in the database, and add these streamers again; their clips stay");
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Puts a box in the place of another, in the streamer and in what runs for it, so that the planner sees no other address. Replicas that start together do it once.</summary>
    private async Task<bool> ReplaceAsync(string before, string after, CancellationToken cancellation) => await postgres.ExecuteAsync(
        """
        with told as (update process set sealed_url = @after where sealed_url = @before)
        update streamer set sealed_url = @after where sealed_url = @before
        """, new { before, after }, cancellation) == 1;

    [LoggerMessage(1041, LogLevel.Information, "streamers.resealed: {Count} RTMP addresses are sealed with the new SECRET_KEY")]
    private partial void Resealed(int count);

    private sealed record Row
    {
        public required string Name { get; init; }

        public required string Box { get; init; }
    }
}
