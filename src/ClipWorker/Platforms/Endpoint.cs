using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms;

/// <summary>An address of a platform.</summary>
/// <param name="Variable">The environment variable that names another one, as the simulated platform's.</param>
/// <param name="Standard">The real one.</param>
/// <param name="Schemes">The schemes that it may have.</param>
internal sealed record Endpoint(string Variable, string Standard, params IReadOnlyList<string> Schemes)
{
    /// <summary>An address that is asked over HTTP.</summary>
    public static Endpoint Http(string variable, string standard) => new(variable, standard, "http", "https");
}

/// <summary>Where all platforms are: the real addresses, unless the environment names others.</summary>
internal sealed class EndpointBook
{
    private readonly Dictionary<Endpoint, Uri> _addresses = [];

    private EndpointBook()
    {
    }

    /// <summary>The address of an endpoint that was read.</summary>
    public Uri this[Endpoint endpoint] => _addresses[endpoint];

    /// <summary>Reads the environment.</summary>
    /// <param name="endpoints">All that may be asked for.</param>
    /// <param name="variable">Gives a variable's value, or null.</param>
    /// <param name="faults">Where what is wrong is put, with the name of the variable.</param>
    public static EndpointBook Read(IEnumerable<Endpoint> endpoints, Func<string, string?> variable, ICollection<string> faults)
    {
        var book = new EndpointBook();
        foreach (var endpoint in endpoints)
        {
            var value = variable(endpoint.Variable) is { Length: > 0 } given ? given : endpoint.Standard;
            if (!Uri.TryCreate(value, UriKind.Absolute, out var uri) || !endpoint.Schemes.Contains(uri.Scheme) || uri.Host.Length == 0)
            {
                var schemes = string.Join(" or ", endpoint.Schemes.Select(s => s + "://"));
                faults.Add($"{endpoint.Variable} is '{PlaylistText.ForLogs(value)}': give an address that begins with {schemes}");
                uri = new Uri(endpoint.Standard);
            }

            book._addresses[endpoint] = uri;
        }

        return book;
    }
}
