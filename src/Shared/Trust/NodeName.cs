using System.Security.Cryptography.X509Certificates;

namespace StreamClips.Shared.Trust;

/// <summary>Names of nodes, and where a certificate carries one.</summary>
public static class NodeName
{
    /// <summary>The organisation in the subject of every node's certificate.</summary>
    public const string Organisation = "StreamClips node";

    private const string CommonNameOid = "2.5.4.3";
    private const string OrganisationOid = "2.5.4.10";

    /// <summary>Whether it is a name: 1 to 63 of a-z, 0-9 and '-'.</summary>
    public static bool IsValid(string name) =>
        name.Length is >= 1 and <= 63 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>The subject of a node's certificate.</summary>
    public static X500DistinguishedName Subject(string name)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddOrganizationName(Organisation);
        subject.AddCommonName(name);
        return subject.Build();
    }

    /// <summary>The node that a certificate is for; null where it is for none. Says nothing of whether the certificate is to be trusted.</summary>
    public static string? Of(X509Certificate2 certificate)
    {
        string? name = null;
        var isNode = false;
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements) return null;
            var value = part.GetSingleElementValue();
            switch (part.GetSingleElementType().Value)
            {
                case CommonNameOid when name is not null: return null;
                case CommonNameOid: name = value; break;
                case OrganisationOid: isNode |= value == Organisation; break;
            }
        }

        return isNode && name is not null && IsValid(name) ? name : null;
    }
}
