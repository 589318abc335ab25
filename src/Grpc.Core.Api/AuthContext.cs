using System.Text;

namespace Grpc.Core;

/// <summary>What the connection proved about its peer.</summary>
public class AuthContext
{
    private readonly Dictionary<string, List<AuthProperty>> _properties;

    /// <summary>A context of proven properties.</summary>
    /// <param name="peerIdentityPropertyName">The property that is the identity; null when the peer proved none.</param>
    /// <param name="properties">The properties by name.</param>
    public AuthContext(string? peerIdentityPropertyName, Dictionary<string, List<AuthProperty>> properties)
    {
        PeerIdentityPropertyName = peerIdentityPropertyName;
        _properties = properties;
    }

    /// <summary>Whether the peer proved who it is.</summary>
    public bool IsPeerAuthenticated => PeerIdentityPropertyName is not null;

    /// <summary>The property that is the identity; null when the peer proved none.</summary>
    public string? PeerIdentityPropertyName { get; }

    /// <summary>The values of the identity; empty when the peer proved none.</summary>
    public IEnumerable<AuthProperty> PeerIdentity =>
        PeerIdentityPropertyName is { } name ? FindPropertiesByName(name) : [];

    /// <summary>All properties.</summary>
    public IEnumerable<AuthProperty> Properties => _properties.Values.SelectMany(values => values);

    /// <summary>The values of a property; empty when there is none of that name.</summary>
    /// <param name="propertyName">The name, as <c>x509_common_name</c>.</param>
    public IEnumerable<AuthProperty> FindPropertiesByName(string propertyName) =>
        _properties.TryGetValue(propertyName, out var values) ? values : [];
}

/// <summary>One proven property of a peer.</summary>
public class AuthProperty
{
    private readonly byte[] _value;

    private AuthProperty(string name, byte[] value)
    {
        Name = name;
        _value = value;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The value as UTF-8 text.</summary>
    public string Value => Encoding.UTF8.GetString(_value);

    /// <summary>The value's bytes (a copy).</summary>
    public byte[] ValueBytes => _value.ToArray();

    /// <summary>Makes a property.</summary>
    /// <param name="name">The name.</param>
    /// <param name="valueBytes">The value; copied.</param>
    public static AuthProperty Create(string name, byte[] valueBytes) => new(name, valueBytes.ToArray());
}
