using System.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;

namespace StreamClips.Grpc.Tests.Contract;

/// <summary>
/// The contract assemblies hold all that the two packages bind to. Without this proof a member that is missing shows only when the
/// one code path that calls it runs, as a MissingMethodException.
/// </summary>
public sealed class ContractCompletenessTests
{
    private const string Core = "Grpc.Core.Api";
    private const string Common = "Grpc.Net.Common";

    private static readonly Assembly[] Packages = [typeof(GrpcServiceOptions).Assembly, typeof(GrpcChannel).Assembly];

    private static HashSet<string> Offered =>
    [
        .. ContractMembers.OfferedBy(typeof(Metadata).Assembly.Location),
        .. ContractMembers.OfferedBy(typeof(ICompressionProvider).Assembly.Location),
    ];

    [TestCaseSource(nameof(Packages))]
    public void Every_type_and_member_that_a_package_uses_is_there(Assembly package)
    {
        var used = ContractMembers.UsedBy(package.Location, Core, Common);

        Assert.That(used, Has.Count.GreaterThan(80), "the walk through the metadata found too little to be right");
        Assert.That(used.Except(Offered), Is.Empty);
    }

    [TestCase("Grpc.Core.Metadata::GetValue(System.String) : System.String")]
    [TestCase("Grpc.Core.Status::DefaultSuccess : Grpc.Core.Status")]
    [TestCase("Grpc.Core.KeyCertificatePair")]
    public void The_check_itself_names_what_is_missing(string missing)
    {
        var offered = Offered;
        Assert.That(offered.Remove(missing), Is.True, $"{missing} is not offered at all");

        var used = ContractMembers.UsedBy(typeof(GrpcChannel).Assembly.Location, Core, Common);

        Assert.That(used.Except(offered), Is.EqualTo(new[] { missing }));
    }

    [TestCaseSource(nameof(Packages))]
    public void Every_type_of_a_package_loads(Assembly package)
    {
        // An interface or abstract member that a package's type does not implement, or implements with another signature, shows here.
        Assert.That(package.GetTypes, Throws.Nothing);
    }

    [TestCaseSource(nameof(Packages))]
    public void Every_override_in_a_package_overrides_something(Assembly package)
    {
        const BindingFlags Declared =
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var overrides = package.GetTypes()
            .Where(type => type.BaseType?.Assembly.GetName().Name is Core or Common)
            .SelectMany(type => type.GetMethods(Declared))
            .Where(method => method.IsVirtual && !method.Attributes.HasFlag(MethodAttributes.NewSlot))
            .ToList();

        Assert.That(overrides, Has.Count.GreaterThan(10));
        Assert.That(overrides.Where(method => method.GetBaseDefinition().DeclaringType == method.DeclaringType), Is.Empty);
    }

    [TestCase(typeof(Metadata), Core)]
    [TestCase(typeof(ICompressionProvider), Common)]
    public void The_contract_bears_the_name_that_the_packages_ask_for(Type type, string name)
    {
        var contract = type.Assembly.GetName();
        var asked = Packages.SelectMany(package => package.GetReferencedAssemblies()).Where(reference => reference.Name == name).ToList();

        Assert.That(asked, Has.Count.EqualTo(2));
        Assert.That(asked.Select(reference => reference.FullName), Is.All.EqualTo(contract.FullName));
    }
}
