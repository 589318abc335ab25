using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Trust;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>Checks who is calling.</summary>
public static class HelloCheck
{
    /// <summary>Every fault of a hello, each naming the field, the value and the remedy.</summary>
    public static IReadOnlyList<string> Faults(Hello hello)
    {
        var faults = new List<string>();
        if (!NodeName.IsValid(hello.NodeId))
            faults.Add($"node_id is '{hello.NodeId}': give 1 to 63 of a-z, 0-9 and '-'");
        if (hello.Capacity is < 1 or > 10000) faults.Add($"capacity is {hello.Capacity}: give 1 to 10000");
        Text("host_name", hello.HostName, 255);
        Text("agent_version", hello.AgentVersion, 100);
        Text("boot_id", hello.BootId, 100);
        Text("agent_id", hello.AgentId, 100);
        return faults;

        void Text(string name, string value, int longest)
        {
            if (value.Length == 0 || value.Length > longest || value.Any(char.IsControl)) faults.Add($"{name} has {value.Length} characters: give 1 to {longest} plain ones");
        }
    }
}
