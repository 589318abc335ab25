using System.Globalization;

namespace StreamClips.ControlPlane.Database;

/// <summary>PostgreSQL's programs on this machine.</summary>
/// <param name="Directory">Where <c>postgres</c> and <c>initdb</c> lie.</param>
/// <param name="Major">The major version; 0 where the directory does not tell.</param>
public sealed record PostgresInstallation(string Directory, int Major)
{
    /// <summary>The oldest version that will do.</summary>
    public const int OldestMajor = 15;

    /// <summary>The server.</summary>
    public string Server => Path.Combine(Directory, "postgres");

    /// <summary>Makes clusters.</summary>
    public string InitDb => Path.Combine(Directory, "initdb");

    /// <summary>
    /// Chooses the programs: those of the version that made the cluster, or the newest for a new one. Debian keeps them
    /// in /usr/lib/postgresql/VERSION/bin, others on PATH.
    /// </summary>
    /// <param name="found">What is installed.</param>
    /// <param name="cluster">Version of the cluster that is there; null: none yet.</param>
    /// <returns>The choice, or why there is none and what to install.</returns>
    public static (PostgresInstallation? Choice, string? Fault) Choose(IReadOnlyList<PostgresInstallation> found, int? cluster)
    {
        var fitting = found.Where(i => i.Major == 0 || i.Major >= OldestMajor).OrderByDescending(i => i.Major).ToList();
        if (fitting.Count == 0)
        {
            return (null, $"PostgreSQL {OldestMajor} or newer is not installed (looked in /usr/lib/postgresql and PATH): " +
                "install it (apt-get install postgresql), or give a database with DATABASE_URL");
        }

        if (cluster is null) return (fitting[0], null);
        var same = fitting.FirstOrDefault(i => i.Major == cluster) ?? fitting.FirstOrDefault(i => i.Major == 0);
        return same is not null
            ? (same, null)
            : (null, $"the database was made by PostgreSQL {cluster}, and only {string.Join(", ", fitting.Select(i => i.Major))} is installed: " +
                $"install postgresql-{cluster}, or move the data with pg_upgrade");
    }

    /// <summary>What is installed here.</summary>
    public static IReadOnlyList<PostgresInstallation> Find()
    {
        var found = new List<PostgresInstallation>();
        if (System.IO.Directory.Exists("/usr/lib/postgresql"))
        {
            foreach (var directory in System.IO.Directory.EnumerateDirectories("/usr/lib/postgresql"))
            {
                if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var major))
                    Add(Path.Combine(directory, "bin"), major);
            }
        }

        foreach (var directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
            Add(directory, 0);
        return found;

        void Add(string directory, int major)
        {
            var installation = new PostgresInstallation(directory, major);
            if (File.Exists(installation.Server) && File.Exists(installation.InitDb)) found.Add(installation);
        }
    }
}
