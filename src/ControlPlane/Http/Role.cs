namespace StreamClips.ControlPlane.Http;

/// <summary>What somebody may do. Each includes those before it.</summary>
public enum Role
{
    /// <summary>Looks at everything but users and the audit trail.</summary>
    Viewer = 1,

    /// <summary>Adds, changes, starts, stops and removes channels, clips and settings.</summary>
    Operator = 2,

    /// <summary>Decides who may: users, others' sessions and tokens, nodes; reads the audit trail.</summary>
    Admin = 3,
}

/// <summary>Roles as words.</summary>
public static class Roles
{
    /// <summary>The names, least first.</summary>
    public static IReadOnlyList<string> Names { get; } = ["viewer", "operator", "admin"];

    /// <summary>The scopes of tokens, each beside the role that it reaches.</summary>
    public static IReadOnlyList<string> Scopes { get; } = ["read", "operate", "admin"];

    /// <summary>The role's name.</summary>
    public static string Name(this Role role) => Names[(int)role - 1];

    /// <summary>The role of this name; null where there is none.</summary>
    public static Role? Find(string? name) => At(Names, name);

    /// <summary>The role that a token of this scope reaches at most; null where there is no such scope.</summary>
    public static Role? OfScope(string? scope) => At(Scopes, scope);

    private static Role? At(IReadOnlyList<string> names, string? name)
    {
        for (var i = 0; i < names.Count; i++)
            if (names[i] == name) return (Role)(i + 1);
        return null;
    }
}
