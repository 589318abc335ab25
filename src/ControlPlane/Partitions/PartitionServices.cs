namespace StreamClips.ControlPlane.Partitions;

/// <summary>Tables in days.</summary>
public static class PartitionServices
{
    /// <summary>Adds what makes and removes the tables of days.</summary>
    public static IServiceCollection AddPartitions(this IServiceCollection services, RetentionOptions options) => services
        .AddSingleton(new DayTables(options)).AddSingleton<PartitionStore>().AddSingleton<KnownDays>()
        .AddSingleton<PartitionSweep>().AddHostedService(p => p.GetRequiredService<PartitionSweep>())
        .AddSingleton<TextIndexer>().AddHostedService(p => p.GetRequiredService<TextIndexer>());
}
