import java.nio.file.Path;
import org.neo4j.harness.Neo4j;
import org.neo4j.harness.Neo4jBuilders;

/** Runs a real Neo4j for tests until standard input closes. Arguments: a folder for its files. */
public class Launcher {
    public static void main(String[] arguments) throws Exception {
        try (Neo4j server = Neo4jBuilders.newInProcessBuilder(Path.of(arguments[0]))
                .withDisabledServer()
                .build()) {
            System.out.println("BOLT " + server.boltURI());
            while (System.in.read() >= 0) {
                // the tests hold the other end of the pipe open
            }
        }
        System.exit(0);
    }
}
