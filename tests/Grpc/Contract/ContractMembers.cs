using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace StreamClips.Grpc.Tests.Contract;

/// <summary>
/// What an assembly defines, or what it uses of others, read from its metadata tables: a line a type, and a line a member with its
/// whole signature. Both directions write the same lines, so a set difference tells what is missing.
/// </summary>
internal static class ContractMembers
{
    /// <summary>The types and members that an assembly offers to others: public, or protected for those who derive.</summary>
    public static HashSet<string> OfferedBy(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var reader = file.GetMetadataReader();
        var names = new SignatureNames();
        var offered = new HashSet<string>();
        foreach (var handle in reader.TypeDefinitions)
        {
            var type = reader.GetTypeDefinition(handle);
            if (!IsOffered(type.Attributes))
                continue;
            var name = names.GetTypeFromDefinition(reader, handle, rawTypeKind: 0);
            offered.Add(name);
            foreach (var method in type.GetMethods().Select(reader.GetMethodDefinition).Where(m => IsOffered(m.Attributes)))
                offered.Add(Line(name, reader.GetString(method.Name), method.DecodeSignature(names, genericContext: null)));
            foreach (var field in type.GetFields().Select(reader.GetFieldDefinition).Where(f => IsOffered(f.Attributes)))
                offered.Add($"{name}::{reader.GetString(field.Name)} : {field.DecodeSignature(names, genericContext: null)}");
        }

        return offered;
    }

    /// <summary>The types and members that an assembly takes from the assemblies named.</summary>
    public static HashSet<string> UsedBy(string path, params string[] assemblies)
    {
        using var file = new PEReader(File.OpenRead(path));
        var reader = file.GetMetadataReader();
        var names = new SignatureNames();
        var used = new HashSet<string>();
        foreach (var handle in reader.TypeReferences)
        {
            if (assemblies.Contains(SignatureNames.AssemblyOf(reader, handle)))
                used.Add(names.GetTypeFromReference(reader, handle, rawTypeKind: 0));
        }

        foreach (var member in reader.MemberReferences.Select(reader.GetMemberReference))
        {
            if (SignatureNames.OpenType(reader, member.Parent) is not { } parent
                || !assemblies.Contains(SignatureNames.AssemblyOf(reader, parent)))
                continue;
            var type = names.GetTypeFromReference(reader, parent, rawTypeKind: 0);
            var name = reader.GetString(member.Name);
            used.Add(member.GetKind() == MemberReferenceKind.Method
                ? Line(type, name, member.DecodeMethodSignature(names, genericContext: null))
                : $"{type}::{name} : {member.DecodeFieldSignature(names, genericContext: null)}");
        }

        return used;
    }

    private static string Line(string type, string name, MethodSignature<string> signature)
    {
        var generic = signature.GenericParameterCount == 0 ? "" : $"`{signature.GenericParameterCount}";
        var called = signature.Header.IsInstance ? "" : "static ";
        return $"{type}::{called}{name}{generic}({string.Join(", ", signature.ParameterTypes)}) : {signature.ReturnType}";
    }

    private static bool IsOffered(TypeAttributes attributes) =>
        (attributes & TypeAttributes.VisibilityMask) is TypeAttributes.Public or TypeAttributes.NestedPublic
            or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem;

    private static bool IsOffered(MethodAttributes attributes) =>
        (attributes & MethodAttributes.MemberAccessMask) is MethodAttributes.Public or MethodAttributes.Family
            or MethodAttributes.FamORAssem;

    private static bool IsOffered(FieldAttributes attributes) =>
        (attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family
            or FieldAttributes.FamORAssem;
}
