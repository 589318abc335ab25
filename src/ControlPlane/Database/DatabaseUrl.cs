using Npgsql;

namespace StreamClips.ControlPlane.Database;

/// <summary>
/// <c>DATABASE_URL</c> as an Npgsql connection string. Takes the URI of libpq
/// (<c>postgres://user:password@host:5432,host2/name?sslmode=require</c>, PostgreSQL manual 34.1.1.2) and Npgsql's own
/// <c>Host=…;Username=…</c>. The faults never repeat the value: it holds a password.
/// </summary>
public static class DatabaseUrl
{
    private const string Remedy = "give postgres://USER:PASSWORD@HOST:PORT/NAME, or several as HOST:PORT,HOST:PORT";

    private static readonly string[] Writable = ["any", "readwrite", "primary", "preferprimary"];

    /// <summary>Reads the value.</summary>
    /// <param name="value">What was given.</param>
    /// <param name="name">The variable that it was given in, for the fault.</param>
    /// <returns>The connection string, or the fault and its remedy.</returns>
    public static (string? Connection, string? Fault) Read(string value, string name = "DATABASE_URL")
    {
        try
        {
            var isUrl = value.StartsWith("postgres://", StringComparison.Ordinal) || value.StartsWith("postgresql://", StringComparison.Ordinal);
            var builder = isUrl ? FromUrl(value) : new NpgsqlConnectionStringBuilder(value);
            if (string.IsNullOrEmpty(builder.Host)) return (null, $"{name} names no host: {Remedy}");
            if (builder.TargetSessionAttributes is { } wanted && !Writable.Contains(wanted.Replace("-", "", StringComparison.Ordinal), StringComparer.OrdinalIgnoreCase))
                return (null, $"{name} asks for a server by target_session_attrs={wanted}: the control plane writes, so leave it out, or give read-write");
            return (builder.ConnectionString, null);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException or InvalidCastException)
        {
            return (null, $"{name} is not understood: {Remedy}");
        }
    }

    /// <summary>Whom the application works as, where that is not the owner.</summary>
    /// <returns>The role; null: it is the owner's.</returns>
    public static string? OtherUser(string owner, string application) =>
        new NpgsqlConnectionStringBuilder(application).Username is { } role && role != new NpgsqlConnectionStringBuilder(owner).Username ? role : null;

    private static NpgsqlConnectionStringBuilder FromUrl(string url)
    {
        var rest = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var query = rest.Split('?', 2);
        var path = query[0].Split('/', 2);
        var at = path[0].LastIndexOf('@');
        var user = at < 0 ? [] : path[0][..at].Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder { Host = path[0][(at + 1)..] };
        if (user.Length > 0) builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1) builder.Password = Uri.UnescapeDataString(user[1]);
        if (path.Length > 1 && path[1].Length > 0) builder.Database = Uri.UnescapeDataString(path[1]);
        foreach (var pair in query.Length > 1 ? query[1].Split('&', StringSplitOptions.RemoveEmptyEntries) : [])
        {
            var (key, text) = pair.Split('=', 2) is [var k, var v] ? (k, Uri.UnescapeDataString(v)) : (pair, "");
            switch (key)
            {
                case "sslmode": builder.SslMode = Enum.Parse<SslMode>(text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true); break;
                case "target_session_attrs": builder.TargetSessionAttributes = text; break;
                case "application_name": builder.ApplicationName = text; break;
                case "connect_timeout": builder.Timeout = int.Parse(text); break;
                default: builder[key] = text; break;
            }
        }

        return builder;
    }
}
